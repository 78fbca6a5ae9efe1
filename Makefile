# Every task of the project, by name. `make` alone lists them; CI runs `make check test` and nothing else.
.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-builtin-rules

BIN := .venv/bin
PYTEST := $(BIN)/pytest
# A uv on PATH that really runs, else one of our own under .tools/.
UV_VERSION := 0.13.8
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .tools/bin/uv)
export UV_PYTHON_DOWNLOADS := never
# Without compiled modules beside the sources every process compiles all that it imports: seconds for each server.
unexport PYTHONDONTWRITEBYTECODE

# Stamps: a target is made again only when what it is made from has changed.
VENV := .venv/.made
DEMO := .sdk/demo/.made
KAFKA := .kafka/lib/.made
UI_SOURCES := $(shell [ -d ui ] && find ui -type f -not -path '*/node_modules/*' -not -path '*/.*')
UI := $(if $(wildcard ui/package.json),src/weft/ui_dist/index.html)

##@ Start
.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV) $(UI) ## Make .venv/ from uv.lock and build the UI; instant when nothing changed

.PHONY: dev
dev: setup ## Serve on http://127.0.0.1:6345 with data in ./weft-data
	$(BIN)/weft serve

.PHONY: demo
demo: setup $(DEMO) ## Run a real evaluation with the official SDK against a fresh server, then keep serving
	$(BIN)/weft demo --sdk-python .sdk/demo/bin/python

.PHONY: kafka
kafka: setup kafka-jars ## Run a Kafka broker on port 9092 with data in ./.kafka/data, to try workers with
	@$(BIN)/python -m tests.services.kafka_broker

##@ Check
.PHONY: check
check: setup ## Lint, format, types, layers and the rules of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) tests/rules
	$(if $(UI),cd ui && npm run --silent check)

.PHONY: test
test: setup $(DEMO) sdk-environments chromium kafka-jars postgres ## Run the whole suite
	$(if $(UI),cd ui && npm run --silent test)
	$(PYTEST)

.PHONY: test-unit
test-unit: setup ## Run the tests that touch nothing
	$(PYTEST) tests/unit

.PHONY: test-storage
test-storage: setup postgres ## Run the stores against real engines, embedded and served
	$(PYTEST) tests/storage

.PHONY: test-contract
test-contract: setup ## Run the API against the contract
	$(PYTEST) tests/contract

.PHONY: test-sdk
test-sdk: setup sdk-environments ## Run the unmodified official SDKs against a live server
	$(PYTEST) tests/sdk

.PHONY: test-flow
test-flow: setup $(DEMO) kafka-jars postgres ## Run the user's journeys: evaluate, score, retry, annotate
	$(PYTEST) tests/flow

.PHONY: test-faults
test-faults: setup kafka-jars postgres ## Kill, restart, refuse: what must survive and what must not
	$(PYTEST) tests/faults

.PHONY: test-browser
test-browser: setup sdk-environments chromium ## Drive the UI in Chromium
	$(PYTEST) tests/browser

##@ Produce
.PHONY: bench
bench: setup ## Measure against the bare engine; prints a table, writes bench/out/
	$(BIN)/python -m bench

.PHONY: faults
faults: setup kafka-jars postgres ## Break an installation in every way with 10 000 tasks each; counts go into docs/reliability.md
	$(BIN)/python -m tests.faults.scale --tasks $${WEFT_FAULT_TASKS:-10000} --write-page

.PHONY: chart
chart: ## Lint the Helm chart and render it with everything on; builds Helm from its Go module when there is none
	@helm=$$(tools/ensure_helm) && "$$helm" lint deploy/helm/weft -f deploy/helm/everything.yaml && \
		"$$helm" template weft deploy/helm/weft --kube-version 1.31.0 -f deploy/helm/everything.yaml

.PHONY: openapi
openapi: setup ## Print the served OpenAPI document
	@$(BIN)/weft openapi

.PHONY: ui-client
ui-client: setup ## Write the UI's typed HTTP client from our OpenAPI: ui/src/api/schema.gen.d.ts
	$(BIN)/python -m tools.ui_client

.PHONY: ui-docs
ui-docs: setup sdk-environments chromium ## Take the pictures of docs/ui anew, in a real browser
	WEFT_UI_DOCS=1 $(PYTEST) tests/browser -k "not accessibility"

.PHONY: docs
docs: setup ## Write the generated pages: settings, metrics, API compatibility
	$(BIN)/python -m tools.write_docs

.PHONY: clean
clean: ## Remove everything that was made, except your data
	rm -rf .venv .tools .sdk .kafka/lib src/weft/ui_dist ui/node_modules tests/sdk/typescript/node_modules bench/out test-output
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# What the targets above are made from.
.PHONY: sdk-environments
sdk-environments: setup
	$(BIN)/python tests/sdk/environments.py

.PHONY: chromium
chromium:
	@tools/ensure_chromium

.PHONY: postgres
postgres:
	@tools/ensure_postgres

.PHONY: kafka-jars
kafka-jars: $(KAFKA)
	@tools/ensure_java java

# Copied beside and moved when whole, so that an interrupted download is not taken for a broker.
$(KAFKA): tools/kafka/pom.xml
	@tools/ensure_java
	rm -rf .kafka/lib .kafka/lib.part
	mvn -q -B -f tools/kafka/pom.xml dependency:copy-dependencies -DincludeScope=runtime \
		-DoutputDirectory="$(CURDIR)/.kafka/lib.part"
	mv .kafka/lib.part .kafka/lib
	@touch $@

.tools/bin/uv:
	python=$$(tools/find_python) && "$$python" -m venv .tools
	.tools/bin/pip install --quiet uv==$(UV_VERSION)

$(VENV): pyproject.toml uv.lock | $(filter .tools/%,$(UV))
	python=$$(tools/find_python) && $(UV) sync --frozen --quiet --python "$$python"
	@touch $@

$(DEMO): pyproject.toml uv.lock | $(VENV)
	python=$$(tools/find_python) && \
		UV_PROJECT_ENVIRONMENT=.sdk/demo $(UV) sync --frozen --quiet --only-group demo --python "$$python"
	@touch $@

ui/node_modules/.made: ui/package-lock.json
	@command -v npm >/dev/null || { echo "The UI is built with Node 20 or newer, and npm is not on PATH." >&2; exit 1; }
	cd ui && npm ci --silent --no-audit --no-fund
	@touch $@

src/weft/ui_dist/index.html: ui/node_modules/.made $(UI_SOURCES)
	cd ui && npm run --silent build
	@touch $@
