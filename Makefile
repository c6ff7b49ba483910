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

# Zensical has an environment of its own: the tests do not need it
DOCS       := .venv-docs
DOCS_READY := $(DOCS)/.installed

.PHONY: demo test quick test-long test-docs docs bench-check lint format types clean

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
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m tests.verify_types

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "woowup_async needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(READY)

$(DOCS_READY): pyproject.toml
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	touch $(DOCS_READY)

clean:
	rm -rf $(VENV) $(DOCS) build .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis
