# The entry points of the project. Everything sets itself up: `make run` works in a fresh checkout.

PYTHON_BIN := .venv/bin
TEST_WORKERS ?= 2
.DEFAULT_GOAL := help
.PHONY: help setup run test check format bench demo seed status stop audit sbom clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing (all others do it by themselves)
	@PYTHON="$(PYTHON)" scripts/bootstrap.sh

run: setup ## start everything with demo data and stay; Ctrl-C stops
	@$(PYTHON_BIN)/python -m local up --after 'python -m cli seed --if-empty'

test: setup check ## all checks and all tests: what CI runs
	@$(PYTHON_BIN)/python -m pytest --numprocesses $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder

check: setup ## lint, format, types, import rules, dependencies
	@$(PYTHON_BIN)/ruff check .
	@$(PYTHON_BIN)/ruff format --check .
	@$(PYTHON_BIN)/mypy
	@$(PYTHON_BIN)/lint-imports
	@$(PYTHON_BIN)/python -m pip check
	@npm --prefix web run --silent check
	@npm --prefix web run --silent test

format: setup ## put the code into the house style
	@$(PYTHON_BIN)/ruff check --fix .
	@$(PYTHON_BIN)/ruff format .

bench: setup ## measure the stand-ins, the endpoints and the cold start
	@$(PYTHON_BIN)/python -m tests.bench

demo: setup ## play the whole story against the running stack
	@$(PYTHON_BIN)/python -m cli demo

seed: setup ## put demo data into the running stack, if it has none
	@$(PYTHON_BIN)/python -m cli seed --if-empty

status: setup ## show what runs
	@$(PYTHON_BIN)/python -m local status

stop: setup ## stop the running stack
	@$(PYTHON_BIN)/python -m local down

audit: setup ## look for known vulnerabilities in what is installed (asks PyPI and npm)
	@$(PYTHON_BIN)/pip-audit --requirement requirements-video.txt
	@npm audit --audit-level=high
	@npm --prefix web audit --audit-level=high

sbom: setup ## write what Azure installs as bills of materials, one for each app: build/sbom*.cdx.json
	@mkdir -p build
	@$(PYTHON_BIN)/cyclonedx-py requirements requirements.txt --output-reproducible --output-file build/sbom.cdx.json
	@$(PYTHON_BIN)/cyclonedx-py requirements requirements-video.txt --output-reproducible --output-file build/sbom-video.cdx.json
	@echo "build/sbom.cdx.json build/sbom-video.cdx.json"

clean: ## stop the stack, delete its data and all caches; keeps .venv and node_modules
	@if [ -x $(PYTHON_BIN)/python ]; then $(PYTHON_BIN)/python -m local down 2>/dev/null || true; fi
	@rm -rf web/dist .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './.venv/*' -not -path './node_modules/*' -prune -exec rm -rf {} +
