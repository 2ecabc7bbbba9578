# Everything that a developer does, on a machine with Python 3.11, pip and make alone.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# Each test worker has a core to itself: threads of its libraries would only get in each other's way.
ALONE := OPENBLAS_NUM_THREADS=1 POLARS_MAX_THREADS=1
INSTALLED := .venv/.installed

.PHONY: demo test test-slow test-browser check bench docs clean help
.DEFAULT_GOAL := help

help: ## What there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(INSTALLED) ## A simulated arena, surveyed; writes demo/survey.html
	$(BIN)/python examples/demo.py demo

test: $(INSTALLED) ## All but the long tests, in at most 6 minutes
	$(ALONE) $(BIN)/python -m pytest -n auto

test-slow: $(INSTALLED) ## Long simulations and browsers, with their figures
	$(BIN)/python -m pytest -m "slow or browser" -n auto -rP

test-browser: $(INSTALLED) ## Pages in headless Chromium
	$(BIN)/python -m pytest -m browser

check: $(INSTALLED) ## Style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(INSTALLED) ## Times and memory; writes benchmarks/RESULTS.md
	$(BIN)/python benchmarks/run.py

docs: $(INSTALLED) ## The documentation, into site/
	$(BIN)/zensical build --clean --strict

clean: ## Remove what was built, the environment too
	rm -rf .venv site demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
