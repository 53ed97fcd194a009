# Each target is one line on the tools beneath; README.md lists the same steps for those without make.
PYTHON ?= python3
PY := .venv/bin/python
READY := .venv/ready

.DEFAULT_GOAL := help
.PHONY: help book test serve full offline pdf epub bench slides student instructor exam capstone pairs lint clean

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(READY): requirements.txt requirements-test.txt pyproject.toml
	$(PYTHON) tools/setup.py

book: $(READY)  ## build the book into _build/html and say where it is
	$(PY) tools/book.py

test: book  ## everything that can be checked: style, pairs, units, notebooks, the site in a browser
	$(PY) tools/test.py

serve: book  ## show the book at http://localhost:8000
	$(PY) -m http.server 8000 --bind 127.0.0.1 --directory _build/html

full: $(READY)  ## every chapter near the papers' scale, on a GPU; repeated, it goes on from where it was
	for file in notebooks/*.md; do .venv/bin/pruneuq run $$(basename $$file .md) --profile full || exit 1; done

offline: book  ## the whole book as one zip, for a machine without a network
	$(PY) tools/offline.py

pdf: book  ## the book as a tagged PDF
	$(PY) tools/pdf.py

epub: book  ## the book for e-book readers
	$(PY) tools/epub.py

bench: $(READY)  ## speed, as ratios within one run
	for file in $(filter-out benchmarks/recipes.py,$(wildcard benchmarks/*.py)); do $(PY) $$file || exit 1; done

slides: book  ## slides of every chapter, in _build/html/slides
	$(PY) tools/slides.py

student: $(READY)  ## notebooks for students, without solutions, into _build/student
	$(PY) tools/copies.py student

instructor: $(READY)  ## notebooks for teachers, with solutions and rubrics, and all exam questions, into _build/instructor
	$(PY) tools/copies.py instructor
	$(PY) tools/exam.py --all

exam: $(READY)  ## an exam of an hour in two versions, with answers, into _build/exam
	$(PY) tools/exam.py

capstone: $(READY)  ## six networks to audit, with their key, into _build/capstone
	$(PY) tools/capstone.py

pairs: $(READY)  ## write the .ipynb twins from the .md notebooks
	$(PY) tools/pairs.py --write

lint: $(READY)  ## style and spelling
	$(PY) -m ruff check . && $(PY) -m codespell_lib

clean:  ## remove what was built; the environment and the results of runs stay
	rm -rf _build thirdparty .pytest_cache .ruff_cache
