# make lab · make test · make html. Another Python: make lab PYTHON=python3.12
PYTHON ?= python3
BIN := .venv/bin
LESSONS := $(sort $(wildcard notebooks/*.ipynb))
ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: lab test html

lab: .venv/ready
	$(BIN)/jupyter lab $(ROOT) notebooks/00_start_here.ipynb

test: .venv/ready
	$(BIN)/python -m pytest

# Widgets need a running notebook: pages show the static form of panels and quizzes instead.
html: .venv/ready
	$(BIN)/jupyter nbconvert --execute --to html --output-dir site \
	    --ExecutePreprocessor.store_widget_state=False --ExecutePreprocessor.timeout=600 \
	    --NbConvertBase.display_data_priority="['text/html', 'image/png', 'text/markdown']" \
	    --HTMLExporter.require_js_url= --HTMLExporter.mathjax_url= $(LESSONS)

.venv/ready: requirements.txt
	$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and 'Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12')"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --requirement requirements.txt
	touch $@
