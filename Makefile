# Two commands: `make demo` shows it, `make test` proves it. Both may be run again and again.

PYTHON ?=
TEXT ?= put the red cube in the bowl
SEED ?= 1

.DEFAULT_GOAL := help
.PHONY: help install demo test test-install lint clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s '	'

install: ## install everything into .venv (nothing outside it but system libraries, said aloud)
	@PYTHON=$(PYTHON) scripts/install.sh demo

demo: install ## run the main job: make demo TEXT="put the red cube in the bowl" SEED=1
	@scripts/with_ros.sh .venv/bin/vla-ros demo "$(TEXT)" --seed $(SEED) --json

test-install:
	@PYTHON=$(PYTHON) scripts/install.sh test

test: test-install ## run the whole test suite
	@scripts/with_ros.sh scripts/test.sh

lint: test-install ## format check, ruff and mypy
	@.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/mypy

clean: ## remove .venv and everything that was built
	rm -rf .venv build install log outputs *.egg-info
