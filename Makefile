# make demo and make test each do all their own set-up on a bare Debian with Python 3.11, make and a package registry.
# The first of these that is here and is 3.11 or later is used; make PYTHON=/path/to/python chooses another.
PYTHON = python3.13 python3.12 python3.11 python3
BIN = .venv/bin
DEMO = build/northshire
APT = DEBIAN_FRONTEND=noninteractive apt-get

.PHONY: demo test lint bench faults accept fuzz cases install chromium clean

demo: install ## build the invented county, assess its plan, write the report
	@$(BIN)/withless example northshire $(DEMO) --force
	@$(BIN)/withless assess $(DEMO)/plan.yaml --html $(DEMO)/report.html
	@echo "The report is in $(DEMO)/report.html"

test: install chromium ## every test
	@$(BIN)/python -m pytest -n 2 --dist loadfile

lint: install ## style, types, import laws
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: install ## the same work by us and by peers, in one run
	@$(BIN)/python bench/run.py && $(BIN)/python bench/whole.py && $(BIN)/python bench/nation.py

accept: install ## write what commands say into the marked blocks of docs, and say what moved
	@$(BIN)/python tests/accept.py

faults: install ## what is left when runs are killed, disks are full, nothing can be written
	@$(BIN)/python bench/faults.py

fuzz: install ## twenty thousand mutations of tables, and what came of them
	@PYTHONPATH=tests:tests/unit $(BIN)/python tests/mutations.py 20000

cases: install ## what is said now of every case of files as people have them, in docs/cases.md
	@PYTHONPATH=tests:tests/unit $(BIN)/python tests/cases.py docs/cases.md

install: .venv/installed ## the package and what its tests need, in .venv

# The stamp comes last, so that an installation that was broken off is done again; a changed pyproject.toml does it too.
.venv/installed: pyproject.toml
	@set -e; python=; \
	for p in $(PYTHON); do \
		if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$p; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "withless needs Python 3.11 or later, and none was found. On Debian: apt-get install python3 python3-venv"; \
		exit 1; \
	fi; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
			echo "$$python cannot make a virtual environment (ensurepip is missing); trying Debian's python3-venv"; \
			{ $(APT) update -qq && $(APT) install -y -qq python3-venv; } >/dev/null 2>&1 || true; \
		fi; \
		if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
			echo "It could not be installed. As root: apt-get install python3-venv; then try again."; \
			exit 1; \
		fi; \
		$$python -m venv --clear .venv; \
	fi; \
	echo "Installing withless and what it needs into .venv (about a minute the first time)"; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,england,dask,poll]'; \
	touch $@

chromium:
	@if command -v chromium >/dev/null 2>&1; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing Chromium from Debian for the browser tests"; \
		{ $(APT) update -qq && $(APT) install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 || true; \
	fi; \
	if ! command -v chromium >/dev/null 2>&1; then \
		echo "Chromium is missing and could not be installed, so the browser tests are skipped."; \
		echo "To run them: apt-get install chromium, as root."; \
	fi

clean:
	@rm -rf build dist .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .benchmarks
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
