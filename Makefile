# Every verb of the project. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?= python3
PYTEST := $(BIN)/pytest -n 2 --hypothesis-profile=thorough
# uv brings its own trust anchors; those of the system also have the CA of a proxy that inspects TLS, as pip and npm expect.
export UV_SYSTEM_CERTS ?= 1

MODULES := web/node_modules/.ready
UI := web/dist/index.html
UI_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)
CLIENT := web/src/api/generated

.PHONY: help setup run test coverage test-long faults check check-web fmt generate bench dist image tools web screenshots lock kms

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(READY) $(UI) ## set up .venv and the web UI

run: $(READY) $(UI) ## set all up and serve; the first start creates the hierarchy
	$(BIN)/pkim serve

test: kms $(READY) $(UI) tools ## set all up and run every test but the long ones
	tools/npm.sh test
	tools/npm.sh run e2e
	$(PYTEST) -m "not long"

# Apart from `test`: in Python 3.11 two threads that begin at once can both be refused their trace function ("Cannot install
# a trace function while another trace function is being installed"); one of them then never runs, and a test waits for ever.
coverage: kms $(READY) $(UI) tools ## the unit tests of the web UI and the Python tests, with what none of them reaches
	tools/npm.sh run coverage
	$(PYTEST) -m "not long" --cov --cov-report=term:skip-covered --cov-report=json:.cache/coverage.json
	$(BIN)/python -m tools.coverage_floors .cache/coverage.json

test-long: kms $(READY) $(UI) tools ## the tests that take more than a minute each; use cases under row-level security; the REST door and the web UI on PostgreSQL; the REST door without its fast path; the mutation runs
	$(PYTEST) -m long
	TEST_ROLE=pkim_app $(PYTEST) -m "not long" -k postgresql tests/authority
	TEST_ENGINE=postgresql $(PYTEST) -m "not long" tests/protocols/rest
	TEST_FAST_PATH=off $(PYTEST) -m "not long" tests/protocols/rest
	TEST_ENGINE=postgresql tools/npm.sh run e2e
	$(BIN)/python -m tools.mutate_access
	$(BIN)/python -m tools.mutate_doors

faults: kms $(READY) $(UI) tools ## kill, stop, fill, and misset everything, short and long, and print what was lost
	$(PYTEST) tests/faults

check: $(READY) check-web ## static checks: style, types, import contracts, language, house rules, generated files, the lock
	$(BIN)/ruff check src tests tools bench clients
	$(BIN)/ruff format --check src tests tools bench clients
	$(BIN)/python -m tools.python_client --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.language
	$(BIN)/python -m tools.dead_code
	$(BIN)/python -m tools.commit_bodies
	$(BIN)/pytest -q -p no:randomly $(addprefix tests/architecture/,test_docs.py test_lock.py test_house.py test_docstrings.py test_test_rules.py test_use_cases.py)

check-web: $(MODULES) ## the same for the web UI alone
	tools/npm.sh run check
	CLIENT_FOLDER=../.cache/client tools/npm.sh run --silent generate
	diff -r .cache/client $(CLIENT) || { echo "run \`make generate\`" >&2; exit 1; }

fmt: $(READY) $(MODULES) ## format and repair what can be repaired
	$(BIN)/ruff check --fix src tests tools bench clients
	$(BIN)/ruff format src tests tools bench clients
	tools/npm.sh run fmt

generate: $(READY) $(MODULES) ## the reference pages, the OpenAPI document, and the clients in Python and TypeScript, from the code
	$(BIN)/python -m tools.generate_docs
	$(BIN)/python -m tools.python_client
	tools/npm.sh run --silent generate

web: $(UI) ## the web UI, built into web/dist

screenshots: $(READY) $(UI) ## a picture of every page, light, dark and as on a phone, into docs/screenshots
	SCREENSHOTS=1 tools/npm.sh run e2e -- tests/e2e/screenshots.e2e.ts

bench: $(READY) ## every number that the README quotes, peers beside us (BENCH="issue status growth")
	bench/install_peers.sh
	$(BIN)/python -m bench $(BENCH)

dist: $(READY) ## the release files in dist/: wheel, sdist, Debian package, SBOM, licenses, checksums, and in dist/clients the Python client; the web UI is built first
	rm -rf web/dist
	tools/build_web.sh
	$(BIN)/python -m tools.release $(if $(shell command -v dpkg-deb),--debian)
	$(BIN)/python -m tools.release.client dist/clients

image: $(READY) ## the release files with the container image, an OCI archive; needs root, mmdebstrap, and buildah
	rm -rf web/dist
	tools/build_web.sh
	$(BIN)/python -m tools.release --image $(if $(shell command -v dpkg-deb),--debian)

lock: $(READY) ## resolve pyproject.toml into requirements.lock
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --generate-hashes --no-emit-index-url -o requirements.lock

tools: ## what the tests judge with (apt packages when root, zlint when Go is there)
	tools/install_judges.sh

kms: ## begin to build the KMS that the tests run, where it is not there yet; whoever needs it waits
	@setsid tools/install_kms.sh >/dev/null 2>&1 &

# One stamp for the whole environment: it is older than whatever defines it, or it is right.
$(READY): requirements.lock requirements-uv.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "PKI Manager requires Python 3.11 or later, but $(PYTHON) is %d.%d. Install a later one, and name it: make PYTHON=python3.11 setup" % sys.version_info[:2])'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --require-hashes -r requirements-uv.txt
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(MODULES): web/package-lock.json $(READY)
	tools/npm.sh ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

$(UI): $(MODULES) $(UI_SOURCES)
	tools/npm.sh run build -- --logLevel=warn
