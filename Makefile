# Needs git, make and Python 3.11 or later; the first target that needs it makes .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/ready
NODE_BIN := node_modules/.bin
NODE_READY := $(if $(shell command -v npm),node_modules/ready)

.PHONY: demo docs test check format emit bench krita mutants wheel clean

demo: $(READY)  ## draw a picture, decompose it through a real server, write demo/
	$(BIN)/python -m bridge.commands.demo demo

docs: $(READY)  ## the pictures of docs/editing.md, anew
	$(BIN)/python -m bridge.commands.gallery docs

test: $(READY) $(NODE_READY)  ## every test that this machine can run
	$(BIN)/python -m pytest

check: $(READY) $(NODE_READY)  ## style, types and generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m bridge.wire.emit --check
ifdef NODE_READY
	$(NODE_BIN)/prettier --check --log-level warn .
	$(NODE_BIN)/tsc
	$(NODE_BIN)/tsc -p tests/uxp_panel
	$(NODE_BIN)/tsc -p tests/engine/evaluation
else
	@echo "Left out: style and types of the panel and the pages need npm, which this machine lacks."
endif

format: $(READY) $(NODE_READY)  ## put the style right
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(if $(NODE_READY),$(NODE_BIN)/prettier --write --log-level warn .)

emit: $(READY)  ## write the files generated from bridge/wire/protocol.py
	$(BIN)/python -m bridge.wire.emit

bench: $(READY)  ## the figures of benchmarks/README.md, anew; not the small proof
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

krita: $(READY)  ## only the tests in a real Krita
	$(BIN)/python -m pytest -m krita

mutants: $(READY)  ## see the vectors kill broken codecs
	$(BIN)/python tests/vectors/mutants.py
ifdef NODE_READY
	node tests/vectors/mutants.js
else
	@echo "Left out: the panel's reader needs Node, which this machine lacks."
endif

wheel: $(READY)  ## dist/layer_bridge-*.whl
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf .venv node_modules build dist demo tests/output

$(READY): pyproject.toml .ci/constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "layer-bridge needs Python 3.11 or later; say make PYTHON=/path/to/python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c .ci/constraints.txt -e '.[dev]'
	touch $@

node_modules/ready: package.json package-lock.json .npmrc
	npm ci --silent
	touch $@
