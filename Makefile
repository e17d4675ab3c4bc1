# make demo: install, write the sample zone, run the main job. make test: install and pass the tests but the longest
# ones; make test-all: these, too.
# make bench: areas of overlap, timed beside other engines (BENCH="--sizes 10000,100000" and the like);
# make bench-map: the map, beside explore(); make bench-limits: what everything else takes, beside a peer or a smaller
# size (BENCH="ledgers runs": these alone). Each says which bound is missed.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin

.PHONY: bench bench-limits bench-map demo test test-all test-tools lint

$(BIN)/zonegis: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $(BIN)/zonegis

$(BIN)/pytest: $(BIN)/zonegis
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $(BIN)/pytest

$(BIN)/.bench: $(BIN)/zonegis
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	touch $@

bench: $(BIN)/.bench
	$(BIN)/python tests/benchmarks/run_bench.py $(BENCH)

# Maps of 1,000 to 1,000,000 parcels in a headless Chromium, beside GeoDataFrame.explore().
bench-map: $(BIN)/.bench
	$(BIN)/python tests/benchmarks/bench_map.py $(BENCH)

bench-limits: $(BIN)/pytest
	$(BIN)/python tests/benchmarks/bench_limits.py $(BENCH)

demo: $(BIN)/zonegis
	$(BIN)/zonegis sample outputs/sample --parcels 400 --seed 1
	$(BIN)/zonegis run outputs/sample/RUN.yaml

# The browser tests need a Chromium and those of the ledgers a PostgreSQL: from Debian's packages as root, else the
# user is asked.
test-tools: $(BIN)/pytest
	@{ command -v chromium && ls /usr/lib/postgresql/*/bin/initdb; } >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] \
	  && apt-get update -qq \
	  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk postgresql >/dev/null; } \
	  || { echo "Please run apt-get install chromium fonts-noto-cjk postgresql, then make $(or $(MAKECMDGOALS),test) again."; exit 1; }

# Each worker goes on with its own half while it lasts, so that what a file's tests share is made once.
PYTEST := $(BIN)/python -m pytest -q -n auto --dist worksteal

test: test-tools
	$(PYTEST) -m "not slow"

test-all: test-tools
	$(PYTEST)

lint: $(BIN)/pytest
	$(BIN)/ruff check gis tests
	$(BIN)/mypy
	$(BIN)/lint-imports

