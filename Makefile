# Every target sets itself up: a fresh clone needs Python 3.11+, make and a package registry, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SNAKEMAKE = $(BIN)/snakemake --snakefile workflow/Snakefile --profile workflow/profiles/laptop --quiet progress rules
SCALE ?= laptop

.PHONY: help setup book smoke test lint lock bench linkcheck unlock clean
.DEFAULT_GOAL := help

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv and install the lock into it (the other targets do it by themselves)

$(READY): requirements.lock requirements-torch.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages into $(VENV); this takes a few minutes the first time ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-torch.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

book: $(READY) ## Measure, execute every notebook, judge every claim, build _build/html/index.html
	@$(SNAKEMAKE) --config scale=$(SCALE) || { $(BIN)/learning-geometry book --scale $(SCALE) --withdraw; exit 1; }
	@$(BIN)/python -c 'import sys; from learning_geometry import paths; print("The book is at", paths.published(sys.argv[1]) / "html" / "index.html")' $(SCALE)

smoke: ## The same book at smoke scale, in two to three minutes: _build/smoke/html/index.html
	@$(MAKE) --no-print-directory book SCALE=smoke

test: $(READY) ## Run the whole test suite, the smoke notebooks and the smoke book included
	$(BIN)/python -m pytest

lint: $(READY) ## Check format, style, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: ## Resolve pyproject.toml anew in an empty environment and rewrite requirements.lock
	rm -rf _build/lock && mkdir -p _build && $(PYTHON) -m venv _build/lock
	_build/lock/bin/pip install --quiet -r requirements-torch.txt
	_build/lock/bin/pip install --quiet '.[dev]'
	_build/lock/bin/pip freeze --exclude learning-geometry | grep -viE '^(torch|triton|nvidia|cuda)' > _build/requirements.lock
	mv _build/requirements.lock requirements.lock && rm -rf _build/lock

bench: $(READY) ## Run the benchmarks beside the peers
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps ckatorch==1.0.3 pytorch-cka==1.1.3 reptrix==0.1.0 seaborn==0.13.2 torch_cka==0.21
	$(BIN)/python benchmarks/similarity.py
	$(BIN)/python benchmarks/spectrum.py
	$(BIN)/python benchmarks/hidden_states.py
	$(BIN)/python benchmarks/tracing.py
	$(BIN)/python benchmarks/mirror_descent.py
	$(BIN)/python benchmarks/cross_validation.py

linkcheck: $(READY) ## Follow every external link of the built book (needs the network)
	$(BIN)/learning-geometry book --check-links

unlock: $(READY) ## Release the workflow's lock after a run was killed (be sure that nothing is running)
	@$(SNAKEMAKE) --unlock --config scale=$(SCALE)

clean: ## Delete everything generated, finished measurements included; keep .venv
	rm -rf _build .snakemake book/studies
