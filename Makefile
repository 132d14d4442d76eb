# Everything a developer types. Needs make, Python 3.11 or newer, and a package index for the first run.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
RUFF := --config config/ruff.toml
LOCK := config/requirements.lock
TOOLS := $(VENV)/tools
# Its makers announce their next program at every start; the variable is theirs.
MKDOCS = NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --config-file config/mkdocs.yml
PIP := -m pip --disable-pip-version-check --quiet

# The first Python on the PATH that is new enough; `make PYTHON=/path/to/python3` chooses another.
PYTHON := $(shell for candidate in python3.13 python3.12 python3.11 python3.14 python3 python; do \
	if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo $$candidate; break; fi; done)

.DEFAULT_GOAL := help
.PHONY: help run test check format docs bench soak chaos screenshots lock audit licences sbom clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | while IFS='	' read -r name text; \
	do printf '  make %-8s %s\n' "$$name" "$$text"; done

run: $(INSTALLED) ## Watch the worker at work on sample chats (nanie demo --ui)
	@$(BIN)/nanie demo --ui

test: $(INSTALLED) ## Run all tests, four at a time: many of them wait for processes (JOBS=1: one by one)
	@$(BIN)/python -m pytest --numprocesses $(or $(JOBS),4) --dist worksteal

check: $(INSTALLED) ## Check format, lint, types, and that the documentation builds without a warning
	@$(BIN)/ruff format $(RUFF) --check --quiet . || { echo 'run: make format'; exit 1; }
	@$(BIN)/ruff check $(RUFF) --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(MKDOCS) --quiet

format: $(INSTALLED) ## Format the code
	@$(BIN)/ruff check $(RUFF) --select I --fix --quiet .
	@$(BIN)/ruff format $(RUFF) --quiet .

docs: $(INSTALLED) ## Build the documentation as a site, from the pages in docs/
	@$(MKDOCS) --quiet && echo 'Open build/site/index.html; for its search: python3 -m http.server --directory build/site'

bench: $(INSTALLED) ## Measure, and compare with the figures that are promised
	@$(BIN)/python -m bench

soak: $(INSTALLED) ## Hold a mixed load for half an hour (MINUTES=5 for less): does anything grow?
	@$(BIN)/python -m bench.soak --minutes $(or $(MINUTES),30)

chaos: $(INSTALLED) ## Kill real workers 500 times and look for what is lost (SEED=7 for others)
	@$(BIN)/python -m chaos --seed $(or $(SEED),1)

screenshots: $(INSTALLED) ## Take the pictures in docs/images anew, in a real browser
	@TESTS_NEED_BROWSER=1 SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/browser tests/web

lock: $(TOOLS)/.installed ## Write the locked versions anew: the newest that setup.cfg allows
	@$(TOOLS)/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --extra dev \
		--upgrade --no-annotate --custom-compile-command 'make lock' --output-file $(LOCK) setup.cfg

audit: $(INSTALLED) $(TOOLS)/.installed ## Are weaknesses known of the locked versions?
	@$(BIN)/python config/audit.py $(TOOLS)/bin/pip-audit $(LOCK) $(UNLESS)

licences: $(INSTALLED) ## Write the table of packages in docs/licences.md anew
	@$(BIN)/python config/runtime_packages.py table

sbom: $(INSTALLED) $(TOOLS)/.installed ## Write build/sbom.cdx.json: what is installed with us, for programs
	@mkdir -p build
	@$(BIN)/python config/runtime_packages.py project >build/sbom-of.toml
	@$(BIN)/python config/runtime_packages.py lock >build/sbom-of.txt
	@$(TOOLS)/bin/python -W 'ignore:The Component this BOM' -m cyclonedx_py requirements --output-reproducible --validate \
		--pyproject build/sbom-of.toml --output-file build/sbom.cdx.json build/sbom-of.txt
	@echo build/sbom.cdx.json

clean: ## Remove what was made here, but no state directory
	@rm -rf $(VENV) build dist src/*.egg-info .mypy_cache .ruff_cache .hypothesis bench-results
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): setup.cfg pyproject.toml $(LOCK)
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed and was not found on the PATH:' \
		'install it, or name one with make PYTHON=/path/to/python3'; exit 1; }
	@$(BIN)/python -c '' >/dev/null 2>&1 || { echo 'Making $(VENV) …'; $(PYTHON) -m venv --clear $(VENV); }
	@$(BIN)/python $(PIP) install --require-hashes --requirement $(LOCK) >$(VENV)/install.log 2>&1 || { \
		if grep -q 'DO NOT MATCH THE HASHES' $(VENV)/install.log; then \
			cat $(VENV)/install.log; echo 'A package is not the one that was locked: nothing was installed.'; exit 1; \
		fi; \
		echo 'The package index does not have all that $(LOCK) names: taking what it has.'; \
		$(BIN)/python $(PIP) install --editable '.[dev]'; }
	@$(BIN)/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLS)/.installed: $(INSTALLED)
	@$(BIN)/python -m venv --clear $(TOOLS)
	@$(TOOLS)/bin/python $(PIP) install uv pip-audit cyclonedx-bom
	@touch $@
