# make demo and make test each do all their own set-up on a bare Debian with Python 3.11, make and a package registry.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
DEMO := build/northshire

.PHONY: demo test lint bench install clean

demo: install ## build the invented county, assess its plan, write the report
	@$(BIN)/withless example northshire $(DEMO) --force
	@$(BIN)/withless assess $(DEMO)/plan.yaml --html $(DEMO)/report.html
	@echo "The report is in $(DEMO)/report.html"

test: install chromium ## every test
	@$(BIN)/python -m pytest

lint: install ## style, types, import laws
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: install ## the same work by us and by peers, in one run
	@$(BIN)/python bench/run.py

install: .venv/installed

.venv/installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "withless needs Python 3.11 or later: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(MAKE) -s venv-package
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing withless and what it needs into .venv (first time: about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,england]'
	@touch $@

.PHONY: venv-package chromium
venv-package:
	@echo "Python has no venv module; trying apt-get install python3-venv"
	@apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null || \
	{ echo "Could not: install the package python3-venv, then try again"; exit 1; }

chromium:
	@command -v chromium >/dev/null 2>&1 || { \
	echo "Installing Chromium from Debian for the browser tests"; \
	{ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } 2>/dev/null || \
	echo "Chromium is missing and could not be installed (needs root and apt-get): the browser tests will be skipped"; }

clean:
	@rm -rf build dist .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
