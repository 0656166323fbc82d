# Every command of this project; `make help` lists them. What needs more than a line is in tools/.

PYTEST_ARGS ?=
PY := .venv/bin/python
MAKEFLAGS += --no-print-directory

# The first Python that is new enough and can make virtual environments.
FIT := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
NONE := this needs Python 3.11 or newer with its venv module (Debian: apt install python3-venv)
PYTHON = $(or $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c '$(FIT)' 2>/dev/null && echo $$python && break; done),$(error $(NONE)))

.PHONY: help run worker test gallery test-systems check lint locks lock format emulators bench bench-commands bench-delivery bench-estimate bench-front-door bench-timing bench-tricks clean environment tools
.NOTPARALLEL:

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

run: environment ## set everything up and serve on this machine (make run PORT=8001)
	@$(PY) -m tools.run

worker: environment ## work through the queue of QUEUE_URL or REDIS_URL (Ctrl-C stops it)
	@.venv/bin/dramatiq twofa.worker:broker --processes 1 --threads 24

test: tools ## set everything up and run every test (PYTEST_ARGS="tests/web -x" for some)
	@$(PY) -m tools.run_tests $(PYTEST_ARGS)

gallery: tools ## show every page in each of its states on one page, gallery/index.html
	@$(PY) -m tools.gallery $(PYTEST_ARGS)

test-systems: tools ## run the tests against other programs, such as nginx
	@$(PY) -m tools.run_systems $(PYTEST_ARGS)

check: tools lint locks test test-systems ## what has to pass: format, lint, types, locks, all tests

lint: tools
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy twofa config.py wsgi.py tools
	$(PY) -m mypy -p support

locks: tools
	@$(PY) -m tools.locks check

lock: tools ## write the locks from requirements*.in (UPGRADE=1: the newest versions)
	@$(PY) -m tools.locks write $(if $(UPGRADE),--upgrade)

format: tools ## format the code and fix what ruff can fix by itself
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

emulators: tools ## run emulators of the four SMS providers on this machine
	@$(PY) tests/support/emulators/run_emulators.py

bench: environment ## measure the sign-in (half an hour, best on an idle machine)
	@$(PY) benchmarks/login_flow.py
	@$(PY) benchmarks/estimate.py
	@$(PY) benchmarks/timing.py
	@$(PY) benchmarks/commands.py
	@$(PY) benchmarks/front_door.py

bench-commands: environment ## measure what a command works before it answers (half a minute)
	@$(PY) benchmarks/commands.py

bench-estimate: environment ## measure the strength estimate at its worst (a minute)
	@$(PY) benchmarks/estimate.py

bench-front-door: environment ## measure what a check for a proxy costs (half a minute)
	@$(PY) benchmarks/front_door.py

bench-timing: environment ## measure whether time tells who has an account (some minutes)
	@$(PY) benchmarks/timing.py

bench-delivery: environment ## measure sending, by the pool and by the queue (two minutes)
	@$(PY) benchmarks/delivery.py

bench-tricks: environment ## measure what each trick for speed saves (a minute)
	@$(PY) benchmarks/tricks.py

clean: ## remove .venv and caches; never .env nor instance/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	@$(PYTHON) -m tools.environment requirements.txt

tools:
	@$(PYTHON) -m tools.environment requirements.txt requirements-dev.txt
