# make run   set up, load the plan and serve it at http://127.0.0.1:8000/
# make demo  the same with made-up reports, in a database of their own, at http://127.0.0.1:8001/
# make test  set up and run the suite; without the tests of a marker with WITHOUT=one_database
# make slow  the rest of it: what runs in the browser, and what asks at random
# make bench how fast it is, beside others; a part of it with ONLY=kept,cold SIZES=5000 DATABASES=sqlite ROUNDS=5
PYTHON ?= python3

VENV_PYTHON := .venv/bin/python
# Not by file: schemathesis calls all operations of a test alike, and of those a worker would be given one.
IN_PARALLEL := -n auto --dist worksteal
LEFT_OUT = $(foreach marker,$(WITHOUT), and not $(marker))
INSTALL := $(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r

.PHONY: run demo test slow bench

run: PORT ?= 8000
run: export DEBUG := 1
run: .venv/runtime.stamp
	$(VENV_PYTHON) manage.py migrate --verbosity 0
	$(VENV_PYTHON) manage.py load_plan
	$(VENV_PYTHON) manage.py first_account --address 127.0.0.1:$(PORT)
	$(VENV_PYTHON) manage.py runserver 127.0.0.1:$(PORT)

demo: PORT ?= 8001
demo: export DEBUG := 1
demo: export DATABASE_URL := sqlite:///var/demo.sqlite3
demo: .venv/runtime.stamp
	$(VENV_PYTHON) manage.py migrate --verbosity 0
	$(VENV_PYTHON) manage.py load_demo
	$(VENV_PYTHON) manage.py runserver 127.0.0.1:$(PORT)

test: .venv/development.stamp
	$(VENV_PYTHON) -m pytest $(IN_PARALLEL) -m "not slow and not browser$(LEFT_OUT)"

slow: .venv/development.stamp
	$(VENV_PYTHON) -m pytest $(IN_PARALLEL) -m "(slow or browser)$(LEFT_OUT)"

bench: .venv/runtime.stamp .venv-bench/stamp
	@command -v wrk >/dev/null || { echo "需要 wrk,Debian 上用 apt install wrk 安装。"; exit 1; }
	$(VENV_PYTHON) bench/run.py

.venv-bench/stamp: bench/requirements.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

.venv/runtime.stamp: requirements.txt | $(VENV_PYTHON)
	$(INSTALL) $<
	touch $@

.venv/development.stamp: requirements-dev.txt | $(VENV_PYTHON)
	$(INSTALL) $<
	touch $@

$(VENV_PYTHON):
	@$(PYTHON) -c 'import sys; sys.exit("需要 Python 3.11 或更高版本,现为 " + sys.version.split()[0] + ";可用 make run PYTHON=python3.11 指定。" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
