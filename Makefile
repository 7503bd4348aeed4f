# The two commands that must always work on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: demo test lint format lab bench clean

demo: $(VENV)/.core
	$(BIN)/python -m kerasnas.demo

test: $(VENV)/.test
	$(BIN)/python -m pytest -m "not ci and not shared and not browser" -n 2 --dist loadfile
	$(BIN)/python -m pytest -m "browser and not ci and not shared"

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lab: $(VENV)/.test
	$(BIN)/jupyter lab notebooks

# make bench NAME=demo_claims SEEDS=5; without a name it lists what there is
bench: $(VENV)/.test
	$(BIN)/python -m benchmarks $(if $(NAME),run $(NAME) $(if $(SEEDS),--seeds $(SEEDS)),list)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	  echo "kerasnas needs Python 3.11 to 3.13; $(PYTHON) is `$(PYTHON) --version 2>&1`. Name another with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' || { \
	  echo "$(PYTHON) has no venv module. On Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

$(VENV)/.core: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.test: pyproject.toml $(VENV)/.core
	$(BIN)/python -m pip install --quiet --group test
	@touch $@

$(VENV)/.lint: pyproject.toml $(VENV)/.core
	$(BIN)/python -m pip install --quiet --group lint
	@touch $@
