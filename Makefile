# make lab · make test · make html. Another Python: make lab PYTHON=python3.12
PYTHON ?= python3
BIN := .venv/bin
ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: lab test html

lab: .venv/ready
	$(BIN)/jupyter lab $(ROOT) notebooks/00_start_here.ipynb

test: .venv/ready
	$(BIN)/python -m pytest

html: .venv/ready
	$(BIN)/jupyter nbconvert --execute --to html --output-dir site notebooks/*.ipynb

.venv/ready: requirements.txt
	$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and 'Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12')"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --requirement requirements.txt
	touch $@
