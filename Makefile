# Two commands: `make course` to learn, `make test` to check everything.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FIRST := notebooks/00_one_photograph_through_the_house.ipynb

.PHONY: course test lock

course: $(VENV)/.course
	@$(BIN)/course doctor
	@$(BIN)/course notebooks run $(FIRST)
	@echo "The result lies in results/one_photograph.png"
	@if [ -t 1 ]; then exec $(BIN)/jupyter lab --ip=127.0.0.1 notebooks; \
	else echo "Open the lessons: $(BIN)/jupyter lab notebooks"; fi

test: $(VENV)/.test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/ty check course_lib
	@KERAS_BACKEND=tensorflow $(BIN)/python -m pytest tests
	@KERAS_BACKEND=jax JAX_COMPILATION_CACHE_DIR=$(CURDIR)/$(VENV)/jax-cache JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0 \
		JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES=-1 $(BIN)/python -m pytest tests -m "not one_engine"
	@$(BIN)/course notebooks check
	@KERAS_BACKEND=tensorflow $(BIN)/python -m pytest --nbval-lax -p no:cacheprovider --nbval-current-env \
		--nbval-cell-timeout=120 --durations=8 notebooks
	@$(BIN)/course site

# The environment is made again whenever its lock changes.
$(VENV)/.course: requirements.lock pyproject.toml
	@bash bootstrap.sh $(PYTHON) $(VENV) requirements.lock
	@touch $@

$(VENV)/.test: requirements-test.lock pyproject.toml
	@bash bootstrap.sh $(PYTHON) $(VENV) requirements-test.lock
	@touch $@ $(VENV)/.course

lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -o requirements.lock
	uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -c requirements.lock -o requirements-test.lock
