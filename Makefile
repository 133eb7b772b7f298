# Each target sets up what it needs in a virtual environment of its own.
PYTHON ?= python3
RUN := .venv-run/bin
DEV := .venv/bin

.PHONY: demo setup check web test test-page test-all bench scorecard clean

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

## What the page needs to analyse within the browser: ONNX Runtime Web, from its npm package.
ORT := ort.wasm.min.mjs ort-wasm-simd-threaded.mjs ort-wasm-simd-threaded.wasm \
	ort.webgpu.min.mjs ort-wasm-simd-threaded.asyncify.mjs ort-wasm-simd-threaded.asyncify.wasm
VENDOR := src/mien/server/static/vendor
web:
	npm ci --prefix web --ignore-scripts --no-audit --no-fund
	mkdir -p $(VENDOR)
	cp $(addprefix web/node_modules/onnxruntime-web/dist/,$(ORT)) $(VENDOR)

## All tests but the slow ones and those of the page in a real Chromium.
test: .venv/ready
	$(DEV)/pytest -m "not slow and not browser"

## The page in a real Chromium, whose camera plays a clip; `make web` first.
test-page: .venv/ready
	$(DEV)/pytest -m browser -rs

## The slow ones as well.
test-all: .venv/ready
	$(DEV)/pytest

## Speed of the whole path on this machine, and the table of docs/peers.md: FER2013=... PHOTOS=... tell the data.
bench: .venv/ready
	$(DEV)/python benchmarks/speed.py
	$(DEV)/python benchmarks/compare.py $(if $(FER2013),--fer2013 $(FER2013)) $(if $(PHOTOS),--photos $(PHOTOS))

## docs/scorecard.md and the figures in README.md and the model card, measured again: within 20 minutes on two
## cores. Data that is not at hand leaves its part out; `make scorecard FER2013=… PHOTOS=… YUNET=…` names it.
FER2013 ?= ../shared/fer2013
PHOTOS ?= ../shared/photos
YUNET ?= ../shared/weights/yunet_n_320_320.onnx
scorecard: .venv/ready
	$(DEV)/mien scorecard -o docs --readme README.md --readme docs/model-card.md \
		$(addprefix --data ,$(wildcard $(FER2013)/public_test.parquet)) \
		$(addprefix --votes ,$(wildcard $(FER2013)/fer2013new.csv)) \
		$(addprefix --photos ,$(wildcard $(PHOTOS))) $(addprefix --yunet ,$(wildcard $(YUNET)))

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
