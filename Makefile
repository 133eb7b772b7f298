# Each target sets up what it needs in a virtual environment of its own.
PYTHON ?= python3
RUN := .venv-run/bin
DEV := .venv/bin

.PHONY: demo setup check test test-all bench clean

## Install mien as a user does and run it: the drawn face, in a window or a file.
demo: .venv-run/ready
	$(RUN)/mien demo

## Everything for working on mien: training, tests, checks.
setup: .venv/ready

## Style, types and formatting.
check: .venv/ready
	$(DEV)/ruff check .
	$(DEV)/ruff format --check .
	$(DEV)/mypy

## All tests but the slow ones.
test: .venv/ready
	$(DEV)/pytest -m "not slow"

## The slow ones as well.
test-all: .venv/ready
	$(DEV)/pytest

## Speed of the whole path on this machine.
bench: .venv/ready
	$(DEV)/python benchmarks/speed.py

clean:
	rm -rf .venv .venv-run build dist .mypy_cache .pytest_cache .ruff_cache

.venv-run/ready: pyproject.toml $(shell find src -type f -not -name '*.pyc')
	$(PYTHON) -m venv .venv-run
	$(RUN)/pip install --quiet --force-reinstall --no-deps .
	$(RUN)/pip install --quiet .
	touch $@

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(DEV)/pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@
