SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PORT ?= 8000
py := .venv/bin/python
export PYTHON PORT DEMO_PASSWORD PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup develop run test test-fast lint bench soak chromium

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/installed ## make .venv, install the hashed lock, prepare the database
	@$(py) manage.py migrate --verbosity 0 --no-input

.venv/installed: requirements.txt config/find_python.sh
	@if ! $(py) -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then \
	  python="$$(bash config/find_python.sh)"; \
	  echo "Making .venv with $$python"; \
	  rm -rf .venv; "$$python" -m venv .venv; \
	fi
	@echo "Installing the locked packages"
	@$(py) -m pip install --quiet --no-deps --require-hashes -r requirements.txt
	@touch $@

develop: .venv/installed-dev ## set-up with the tools of tests and checks

.venv/installed-dev: requirements-dev.txt .venv/installed
	@echo "Installing the tools of tests and checks"
	@$(py) -m pip install --quiet --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

run: setup ## serve on 127.0.0.1:$PORT, with the demo on first start
	@exec $(py) -m config.serve

lint: develop ## format, style, types, layers, migrations, API schema
	$(py) -m ruff format --check .
	$(py) -m ruff check .
	$(py) -m mypy
	$(py) -c 'from importlinter.cli import lint_imports_command as c; c()'
	$(py) -m tests.checks

test: develop chromium ## everything: SQLite, PostgreSQL, Redis and browser
	$(py) -m pytest -n 2 -m "not soak"
	CONCORD_TEST_DATABASE=postgres $(py) -m pytest -n 2 -m "not soak and not pure and not browser"

test-fast: develop ## the tests without browser, on SQLite
	$(py) -m pytest -n 2 -m "not soak and not browser"

soak: develop ## long fault and load runs
	$(py) -m pytest -m soak
	CONCORD_TEST_DATABASE=postgres $(py) -m pytest -m soak

chromium: develop ## find or install Chromium for the browser tests
	@bash config/find_chromium.sh

bench: develop ## what is measured, against what: see benchmarks/
	$(py) -m benchmarks
