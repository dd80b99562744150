# Every verb of the project. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?= python3
PYTEST := $(BIN)/pytest -n 2

.PHONY: help run test test-long check fmt generate bench dist tools

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(READY) ## set all up and serve; the first start creates the hierarchy
	$(BIN)/pkim serve

test: $(READY) tools ## set all up and run every test but the long ones
	$(PYTEST) -m "not long" --cov --cov-report=term:skip-covered

test-long: $(READY) tools ## the tests that take more than a minute each; the REST door on PostgreSQL
	$(PYTEST) -m long
	TEST_ENGINE=postgresql $(PYTEST) -m "not long" tests/protocols/rest

check: $(READY) ## static checks: style, types, import contracts, generated pages, the lock
	$(BIN)/ruff check src tests tools bench
	$(BIN)/ruff format --check src tests tools bench
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -p no:randomly tests/architecture/test_docs.py tests/architecture/test_lock.py

fmt: $(READY) ## format and repair what can be repaired
	$(BIN)/ruff check --fix src tests tools bench
	$(BIN)/ruff format src tests tools bench

generate: $(READY) ## the reference pages, from the code
	$(BIN)/python -m tools.generate_docs

bench: $(READY) ## every number that the README quotes, peers beside us (BENCH="issue status growth")
	bench/install_peers.sh
	$(BIN)/python -m bench $(BENCH)

dist: $(READY) ## the wheel
	$(BIN)/uv build --wheel --out-dir dist

lock: $(READY) ## resolve pyproject.toml into requirements.lock
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --generate-hashes --no-emit-index-url -o requirements.lock

tools: ## what the tests judge with (apt packages when root, zlint when Go is there)
	tools/install_judges.sh

# One stamp for the whole environment: it is older than whatever defines it, or it is right.
$(READY): requirements.lock requirements-uv.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --require-hashes -r requirements-uv.txt
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	touch $@
