# Every target sets itself up: a fresh clone needs Python 3.11+, make and a package registry, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SCALE ?= laptop

# A person's own habits must not send packages elsewhere, nor put another package in the place of this one.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONOPTIMIZE PYTHONWARNINGS PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV GIT_DIR GIT_WORK_TREE
export PIP_USER = no

.PHONY: help setup book smoke test lint lock bench linkcheck crate clean
.DEFAULT_GOAL := help

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Make .venv and install the lock into it (the other targets do it by themselves)
	@$(PYTHON) workflow/set_up.py $(if $(filter file,$(origin PYTHON)),,--with-this-python)

book: setup ## Measure, execute every notebook, judge every claim, build _build/html/index.html
	@$(BIN)/python -m learning_geometry build --scale $(SCALE)

smoke: ## The same book at smoke scale, in a minute or two: _build/smoke/html/index.html
	@$(MAKE) --no-print-directory book SCALE=smoke

test: setup ## Run the whole test suite, the smoke notebooks and the smoke book included
	$(BIN)/python -m pytest

lint: setup ## Check format, style, types and the direction of imports
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

bench: setup ## Run the benchmarks beside the peers
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps ckatorch==1.0.3 pytorch-cka==1.1.3 reptrix==0.1.0 seaborn==0.13.2 stable-baselines3==2.9.2 torch_cka==0.21
	$(BIN)/python benchmarks/similarity.py
	$(BIN)/python benchmarks/spectrum.py
	$(BIN)/python benchmarks/hidden_states.py
	$(BIN)/python benchmarks/tracing.py
	$(BIN)/python benchmarks/mirror_descent.py
	$(BIN)/python benchmarks/cross_validation.py
	$(BIN)/python benchmarks/successor_features.py
	$(BIN)/python benchmarks/wiring.py
	$(BIN)/python benchmarks/multi_view.py
	$(BIN)/python benchmarks/adaptation.py

linkcheck: setup ## Follow every external link of the built book (needs the network)
	$(BIN)/python -m learning_geometry book --check-links

crate: ## Check the description of the built book as a research object with roc-validator (needs the network)
	@test -x _build/roc-validator/bin/pip || $(PYTHON) -m venv _build/roc-validator
	_build/roc-validator/bin/pip install --quiet --disable-pip-version-check roc-validator==0.13.0
	_build/roc-validator/bin/rocrate-validator -y validate --no-paging -v --skip-availability-check _build/html

clean: ## Delete everything generated, finished measurements included; keep .venv
	rm -rf _build book/studies
