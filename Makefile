# make demo: install, write the sample zone, run the main job. make test: install and pass the tests but the longest
# ones; make test-all: these, too.
# make bench: areas of overlap, timed beside other engines (BENCH="--sizes 10000,100000" and the like);
# make bench-map: the map, beside explore(); make bench-limits: what everything else takes, beside a peer or a smaller
# size (BENCH="ledgers runs": these alone). Each says which bound is missed.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin

# Every version is the one that was tested; an install without make may take others (see setup.cfg for the lowest).
PIP_INSTALL := -m pip install --quiet --constraint constraints.txt

.PHONY: arrangements audit bench bench-limits bench-map constraints demo fuzz help kills test test-all test-tools lint

help:
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 20

$(BIN)/zonegis: setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python $(PIP_INSTALL) --editable .
	touch $(BIN)/zonegis

$(BIN)/pytest: $(BIN)/zonegis
	$(BIN)/python $(PIP_INSTALL) --editable '.[dev]'
	touch $(BIN)/pytest

$(BIN)/.bench: $(BIN)/zonegis
	$(BIN)/python $(PIP_INSTALL) --editable '.[bench]'
	touch $@

bench: $(BIN)/.bench ## areas of overlap, timed beside other engines
	$(BIN)/python tests/benchmarks/run_bench.py $(BENCH)

# Maps of 1,000 to 1,000,000 parcels in a headless Chromium, beside GeoDataFrame.explore().
bench-map: $(BIN)/.bench ## the map, beside explore()
	$(BIN)/python tests/benchmarks/bench_map.py $(BENCH)

bench-limits: $(BIN)/pytest ## time and memory as ratios to a peer or a smaller size
	$(BIN)/python tests/benchmarks/bench_limits.py $(BENCH)

demo: $(BIN)/zonegis ## install, write the sample zone, run the main job
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

test: test-tools ## install and pass the tests
	$(PYTEST) -m "not slow"

test-all: test-tools ## the longest tests too, as CI runs them
	$(PYTEST)

lint: $(BIN)/pytest ## style, types, import contracts
	$(BIN)/ruff check gis tests
	$(BIN)/mypy
	$(BIN)/lint-imports

# FUZZ="--count 20000 --seed 7" for others; FUZZ='--case "shp/dbf/cut/0"' for one, with its traceback.
fuzz: $(BIN)/pytest ## 5,000 damaged files: a table of how they end; failures to outputs/fuzz
	$(BIN)/python tests/fuzz/run_fuzz.py $(FUZZ)

kills: $(BIN)/pytest ## 200 runs killed at random moments (KILLS=20 for fewer): the former output stays whole
	ZONEGIS_RUN_KILLS=$(or $(KILLS),200) $(BIN)/python -m pytest -q tests/writing/test_killed.py

arrangements: $(BIN)/pytest ## 10,000 random arrangements against unions of shapely alone (ARRANGEMENTS=500 for fewer)
	ZONEGIS_ARRANGEMENTS=$(or $(ARRANGEMENTS),10000) $(BIN)/python -m pytest -q tests/analyses/test_ground_once.py

# What the product needs is looked at in an environment of its own, without test and audit tools.
$(VENV)/product/bin/zonegis: setup.cfg constraints.txt
	$(PYTHON) -m venv $(VENV)/product
	$(VENV)/product/bin/python $(PIP_INSTALL) .
	touch $@

# Nor are the tools among what is tested: openpyxl reads by other parsers where it meets theirs.
$(VENV)/audit/bin/pip-audit: constraints.txt
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/python $(PIP_INSTALL) cyclonedx-bom pip-audit
	touch $@

audit: $(VENV)/audit/bin/pip-audit $(VENV)/product/bin/zonegis ## a bill of materials (CycloneDX), and known vulnerabilities
	@mkdir -p outputs/audit
	$(VENV)/audit/bin/cyclonedx-py environment --output-reproducible --output-file outputs/audit/sbom.json $(VENV)/product/bin/python
	$(PYTHON) .ci/audit.py $(VENV)/audit/bin/pip-audit $(VENV)/product/lib/python3*/site-packages outputs/audit/vulnerabilities.json

# The versions of today, for every extra; run the tests before they are committed.
constraints: ## write constraints.txt anew, from the newest versions
	rm -rf $(VENV)/constraints
	$(PYTHON) -m venv $(VENV)/constraints
	$(VENV)/constraints/bin/python -m pip install --quiet '.[dev,audit]'
	{ echo "# The versions that are tested, by \`make constraints\`; what other systems need beside is left open."; \
	  $(VENV)/constraints/bin/python -m pip freeze --exclude zonegis --exclude setuptools; } > constraints.txt.new
	mv constraints.txt.new constraints.txt
	rm -rf $(VENV)/constraints
