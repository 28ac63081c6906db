# Limner's house: every target sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# uv installs what is locked in seconds. Where it cannot reach its index, as behind a mirror that only
# pip is set up for, pip installs the same files, held against the same hashes. Constraints of the
# project's configuration have no hashes, and are in the lock already.
UV := uv==0.13.9
EXPORT := $(BIN)/uv export --frozen --quiet --no-emit-project --no-annotate --no-header
CHATS := --extra discord --extra slack --extra s3 --extra tracing
INSTALL = $(BIN)/uv pip install --no-config --quiet --python $(BIN)/python --require-hashes --no-deps -r $(1) \
	|| $(PIP) install --require-hashes --no-deps -r $(1)
# Not in the hashed sets of machines without a GPU: its builds for processors have other hashes.
TORCH := torch==2.13.0
# What browser tests need beside Debian's chromium; nothing of it is in any installation.
PLAYWRIGHT := playwright==1.65.2
AXE := axe-core@4.14.1
LOCK ?= --upgrade

# Hundreds of processes start in a test run: each would compile everything again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo run test test-unit test-light coverage test-models test-train test-pages soak check bench bench-check translations docs docs-links lock sbom licences audit age clean

help: ## Show this help
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(BIN)/python pyproject.toml uv.lock
	$(PIP) install $(UV)
	$(EXPORT) --no-dev $(CHATS) --output-file $(VENV)/demo.txt
	$(call INSTALL,$(VENV)/demo.txt)
	$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml uv.lock
	$(PIP) install $(UV)
	$(EXPORT) $(CHATS) --extra diffusers --prune torch --output-file $(VENV)/dev.txt
	$(call INSTALL,$(VENV)/dev.txt)
	$(PIP) install $(TORCH)
	$(PIP) install --no-deps -e .
	@touch $@ $(VENV)/.demo

$(VENV)/.light: $(BIN)/python pyproject.toml uv.lock
	$(PIP) install $(UV)
	$(EXPORT) $(CHATS) --output-file $(VENV)/light.txt
	$(call INSTALL,$(VENV)/light.txt)
	$(PIP) install --no-deps -e .
	@touch $@ $(VENV)/.demo

$(VENV)/.docs: $(BIN)/python pyproject.toml uv.lock
	$(PIP) install $(UV)
	$(EXPORT) --no-dev --group docs $(CHATS) --output-file $(VENV)/docs.txt
	$(call INSTALL,$(VENV)/docs.txt)
	$(PIP) install --no-deps -e .
	@touch $@

demo: $(VENV)/.demo ## Set up and do the main job once, without a network
	$(BIN)/limner demo

run: $(VENV)/.demo ## Work on everything in one process
	$(BIN)/limner run

test: check ## Set up and run every check and every test
	$(BIN)/python -m pytest -n 6 --dist worksteal

test-light: $(VENV)/.light ## Without torch: format, lint, imports, spelling and the quick tests (TESTS=more)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/python -m pytest -n 2 tests/unit tests/integration/test_providers.py \
		tests/integration/test_hostile_answers.py $(TESTS)

test-unit: $(VENV)/.dev ## The tests of functions and classes alone (less than a minute)
	$(BIN)/python -m pytest tests/unit

coverage: $(VENV)/.dev ## Print how much of the code the unit, contract and integration tests run (TESTS=folders)
	$(BIN)/python -m pytest -q -n 3 --dist worksteal --cov --cov-report term \
		$(or $(TESTS),tests/unit tests/contract tests/integration)

test-models: $(VENV)/.dev ## Run tiny models: the agent on a real vLLM, every family of diffusers (makes .venv-models, 4 GB)
	$(BIN)/python -m pytest tests/models --timeout 900

test-pages: $(VENV)/.dev ## Look at the web pages in Chromium (apt-get install chromium; npm for axe-core)
	$(PIP) install $(PLAYWRIGHT)
	npm install --silent --no-save --no-package-lock --prefix $(VENV)/axe $(AXE)
	LIMNER_AXE=$(VENV)/axe/node_modules/axe-core/axe.min.js $(BIN)/python -m pytest tests/pages

test-train: $(VENV)/.dev ## Train a tiny agent from jobs to promotion on the CPU (with .venv-models; 10 to 30 minutes)
	$(BIN)/python -m pytest tests/train --timeout 3600 -s

soak: $(VENV)/.dev ## Every test beside six busy loops, then storms, hours and thousands of hostile inputs (two hours)
	$(BIN)/python -m tests.busy 6 $(BIN)/python -m pytest -n 6 --dist worksteal
	$(BIN)/python -m pytest -m soak --timeout 7200

check: $(VENV)/.dev ## Format, lint, types, layers, dependencies, dead code, spelling, docs, schema
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/vulture
	$(BIN)/codespell
	$(BIN)/interrogate --quiet .
	$(BIN)/python -m pytest -q tests/contract/test_schema.py tests/unit/test_repository.py

bench: $(VENV)/.dev ## Measure, as ratios within one run (BENCH=--quick: less than 3 minutes)
	$(BIN)/python -m evaluation.bench $(BENCH)
	$(if $(BENCH),,$(BIN)/python -m evaluation.render_bench)

bench-check: $(VENV)/.dev ## Score research over the packaged corpus; a drop below the baseline fails (BENCH=--shard 1/2)
	$(BIN)/python -m evaluation.limner_bench --check $(BENCH)

translations: $(VENV)/.dev ## Collect the sentences of the source in the catalogues of all languages
	@mkdir -p build
	$(BIN)/python -m app.cli.help_language > build/command_help.py
	$(BIN)/pybabel --quiet extract --no-default-keywords -k gettext -k ngettext:1,2 -k pgettext:1c,2 \
		--add-location file --output-file build/limner.pot \
		agent app bot domain generation jobs storage web build/command_help.py
	@for file in domain/translation/*.po; do \
		$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --width 100 \
			--input-file build/limner.pot --output-file $$file --locale $$(basename $$file .po); \
	done
	$(BIN)/pybabel --quiet extract --no-location --output-file build/click.pot \
		$$($(BIN)/python -c "import click; print(*click.__path__)")
	@for folder in app/cli/locale/*; do \
		$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date \
			--width 100 --input-file build/click.pot --domain click --locale $$(basename $$folder) \
			--output-dir app/cli/locale; \
	done
	$(BIN)/pybabel --quiet compile --domain click --directory app/cli/locale

docs: $(VENV)/.docs ## Write .env.example and build the documentation site (docs/_build/html)
	$(BIN)/python -m app.settings_docs --env > .env.example
	$(BIN)/python -m sphinx --jobs auto --fail-on-warning --keep-going --quiet docs docs/_build/html

docs-links: docs ## Ask every external address that the documentation names
	$(BIN)/python -m sphinx --builder linkcheck --quiet docs docs/_build/links

lock: $(VENV)/.dev ## Pin the newest versions that pyproject.toml allows (LOCK=: only what it asks)
	$(BIN)/uv lock $(LOCK)

sbom: $(VENV)/.dev ## Write the bill of materials of the production set (limner.cdx.json, CycloneDX)
	$(BIN)/uv export --frozen --quiet --no-dev $(CHATS) --format cyclonedx1.5 --output-file limner.cdx.json

licences: $(VENV)/.dev ## List the licence of every installed package; those to look at come first
	$(BIN)/python -m evaluation.supply_report licences

audit: $(VENV)/.dev ## Ask a public database for known weaknesses of the locked packages
	$(BIN)/uv audit --frozen --no-dev $(CHATS)

age: $(VENV)/.dev ## List the locked releases by age
	$(BIN)/python -m evaluation.supply_report age

clean: ## Remove what the checks leave behind
	rm -rf docs/_build docs/reference/_generated .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
