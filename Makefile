# CôngVụ. `make run` and `make test` do all set-up on a fresh Debian machine with git, make and Python 3.11+.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
HISTORIES ?= 10000
KILLS ?= 200
CASES ?= 10000
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .stamps
CLIENT := offline_client
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONPATH := $(CURDIR)
# Compiled once, outside the source tree: every process starts in less than half the time.
export PYTHONPYCACHEPREFIX := $(CURDIR)/build/pycache
unexport PYTHONDONTWRITEBYTECODE

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: $(STAMPS)/run $(STAMPS)/client ## Set up, migrate, load the demo if the data folder is empty, serve on PORT (8000)
	@PORT=$(PORT) $(BIN)/congvu serve --demo

test: ## Everything: linters, types, layers, unit, PostgreSQL, real browsers
	@$(MAKE) --no-print-directory -j3 ready
	@bash scripts/test

# Debian's, Python's and Node's packages are fetched side by side.
ready: $(STAMPS)/dev $(STAMPS)/browser $(STAMPS)/client

engines: $(STAMPS)/dev $(STAMPS)/client ## The core of the phone in Firefox and WebKit
	@bash scripts/ensure-test-machine engines
	$(BIN)/pytest -q tests/e2e/test_engines.py -m "engines or not engines"

check: $(STAMPS)/dev $(STAMPS)/node ## Linters, types and layer rules only
	@bash scripts/check

format: $(STAMPS)/dev $(STAMPS)/node ## Format everything
	$(BIN)/ruff check --fix-only -q . && $(BIN)/ruff format -q .
	cd $(CLIENT) && npm run --silent format

documents-sample: $(STAMPS)/run ## One of each official document from the scenario, DOCX and signed PDF, into OUT (build/documents)
	$(BIN)/congvu documents-sample $(or $(OUT),build/documents)

bench: $(STAMPS)/dev $(STAMPS)/browser $(STAMPS)/client ## Measure, with machine facts (no test depends on it): PARTS="forms client"; BASE=<commit> for ratios
	$(BIN)/python -m tests.benchmarks $(PARTS) $(if $(BASE),--base $(BASE))

screens: $(STAMPS)/dev $(STAMPS)/browser $(STAMPS)/client ## Picture and measure every screen, theme and trouble of the phone into docs/screens; ONLY=places
	$(BIN)/python -m tests.screens $(if $(ONLY),--only $(ONLY))

simulate: $(STAMPS)/dev $(STAMPS)/browser $(STAMPS)/client ## Prove that sync loses nothing: HISTORIES=10000 KILLS=200, or one SEED=L3:12345 (docs/reliability.md)
	@$(BIN)/python -m tests.simulation --histories $(HISTORIES) --kills $(KILLS) --layers "$(LAYERS)" --seed "$(SEED)"

differential: $(STAMPS)/dev $(STAMPS)/node ## Score random checklists in both runtimes: CASES=10000, or one SEED=12345 (docs/scoring.md)
	@$(BIN)/python -m tests.differential $(if $(SEED),--seed $(SEED),--cases $(CASES))

mutation: $(STAMPS)/dev $(STAMPS)/node ## Mutation scores of the sync and operations modules (hours; SAMPLE=20 mutants of each module of the server: a quarter of one; WHAT=python or client), or WHAT=scoring
	@bash scripts/mutation $(WHAT)

lock: $(STAMPS)/uv ## Re-lock the Python packages after a change of pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url pyproject.toml --group dev -o requirements-dev.txt

clean: ## Remove everything that was built or installed (never the data folder)
	rm -rf $(VENV) $(STAMPS) $(CLIENT)/node_modules $(CLIENT)/dist build *.egg-info

$(STAMPS)/uv:
	@mkdir -p $(STAMPS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Cần Python 3.11 trở lên (Python 3.11 or newer is needed).'; exit 1; }
	@echo '• Python environment'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo 'Thiếu gói python3-venv (apt-get install python3-venv).'; exit 1; }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9 2>/dev/null
	@touch $@

$(STAMPS)/run: $(STAMPS)/uv requirements.txt pyproject.toml
	@echo '• Python packages'
	@test -f $(STAMPS)/dev || $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/dev: $(STAMPS)/uv requirements-dev.txt pyproject.toml
	@echo '• Python packages for development'
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@ $(STAMPS)/run

$(STAMPS)/node: $(STAMPS)/uv $(CLIENT)/package-lock.json
	@bash scripts/ensure-node
	@echo '• Field client packages'
	@cd $(CLIENT) && npm ci --silent --no-audit --no-fund
	@touch $@

$(STAMPS)/client: $(STAMPS)/node $(shell find $(CLIENT)/src $(CLIENT)/public app/static/shared app/static/fonts -type f 2>/dev/null) $(wildcard $(CLIENT)/*.html $(CLIENT)/vite*.ts)
	@echo '• Field client build'
	@cd $(CLIENT) && npm run --silent build >/dev/null
	@touch $@

$(STAMPS)/browser: $(STAMPS)/uv scripts/ensure-test-machine
	@bash scripts/ensure-test-machine
	@touch $@

.PHONY: help run test engines ready check format bench screens simulate differential mutation lock clean
