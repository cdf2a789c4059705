# What a fresh machine needs: Python 3.11 or newer with pip and venv, git and make. The rest is set up here.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help install run test lint soak ablation clean

help:
	@echo "make run      the main job: an improver improves itself, with no key and no network model (2-3 minutes)"
	@echo "make test     every test (some 10 minutes on 2 cores)"
	@echo "make lint     style, docstrings, annotations and types"
	@echo "make soak     evaluations, hostile inputs, failing servers, killed runs (1-2 hours); writes docs/soak*.md"
	@echo "make ablation which layer of the jail stops which attack; writes docs/ablation.md"
	@echo "make install  the .venv that all of these use"

install: .venv/.installed

# The stamp holds what was installed, so that a change of pyproject.toml installs anew.
.venv/.installed: pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" .venv && \
	  uv pip install --quiet --python $(BIN)/python --editable . --group dev; \
	else \
	  $(PYTHON) -m venv .venv && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1" && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev; \
	fi
	@touch $@

# Seed 1, so that what it prints can be compared with the README.
run: install
	$(BIN)/selftaught run --task bin_packing --model offline --iterations 3 --repeats 4 --calls 4 --samples 4 --seed 1

# A process takes one file after another, in the order of their names: by number of tests, which is pytest-xdist's
# own order, the longest of all (few tests, each with a run of its own) would come last, and one core would wait.
test: install
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

soak: install
	$(BIN)/python -m soak --requests 0 --kills 0 --output docs/soak.md
	$(BIN)/python -m soak --evaluations 0 --inputs 0 --output docs/soak_models.md

ablation: install
	$(BIN)/python benchmarks/ablation.py --output docs/ablation.md

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
