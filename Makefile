# make lab · make test · make html. Another Python: make lab PYTHON=python3.12
# On Linux without an NVIDIA GPU, a first call with CPU=1 needs 4 GB instead of 8.5: make lab CPU=1
PYTHON ?= python3
CPU ?=
PHOTOS ?=
PARTS ?=
CPU_INDEX ?= $(shell sed -n 's/.*--extra-index-url //p' binder/requirements.txt)
PIP := .venv/bin/python -m pip

.PHONY: lab test claims mutations bench html browser

lab: .venv/ready
	.venv/bin/python jupyter/open_lab.py

test: .venv/ready
	.venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

claims: .venv/ready
	.venv/bin/python tests/claims.py

mutations: .venv/ready
	.venv/bin/python tests/mutations.py

bench: .venv/ready
	.venv/bin/python benchmarks/run.py $(PARTS)

html: .venv/ready
	$(PIP) install --requirement jupyter/site/requirements.txt
	.venv/bin/python -m sphinx -E -W -c jupyter/site -d .site/doctrees $(if $(PHOTOS),-t photos) . site

browser: .venv/ready
	$(PIP) install --requirement tests/browser/requirements.txt

.venv/ready: requirements.txt
	$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and 'Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12')"
	$(PYTHON) -m venv .venv
	$(if $(CPU),$(PIP) install torch torchvision --index-url $(CPU_INDEX))
	$(PIP) install --requirement requirements.txt
	touch $@
