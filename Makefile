# Everything a checkout can do. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := -p shared -p intake -p sla_engine -p escalation -p notifier -p projections -p stack -p faults -p lives -p clocks -p bench -p fuzz

.DEFAULT_GOAL := help
.PHONY: help env up down clean status demo test check bench faults lives clocks sabotage fuzz docs lock

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: .venv/stamp  ## the environment in .venv/, from the lock

.venv/stamp: requirements.lock pyproject.toml
	@deploy/local/environment $(PYTHON)

up: env  ## start PostgreSQL, Kafka and all services; wait until they are ready
	@$(BIN)/python -m stack up

down:  ## stop everything
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m stack down; else echo "Nothing is running."; fi

clean:  ## stop everything and remove its state
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m stack clean; else rm -rf .local; fi

status: env  ## what runs, and how it is
	@$(BIN)/python -m stack status

demo: up  ## play both contracts' story through the public APIs
	@$(BIN)/python -m stack.demo

test: env  ## the whole test suite, on real Kafka and PostgreSQL on free ports
	@$(BIN)/python -m stack prerequisites
	@$(BIN)/pytest -n 2 --dist loadgroup

check: env  ## format, lint, types, import rules, unit and contract tests
	@echo "format" && $(BIN)/ruff format --check -q .
	@echo "lint" && $(BIN)/ruff check -q .
	@echo "types" && $(BIN)/mypy $(PACKAGES)
	@echo "import rules" && $(BIN)/lint-imports
	@echo "unit and contract tests" && $(BIN)/pytest -q -n 2 --dist loadgroup -m "not integration"

bench: env  ## the benchmark; a table, and JSON under .local/
	@$(BIN)/python -m bench

faults: env  ## fault tests; a table, and JSON under .local/
	@$(BIN)/python -m faults

lives: env  ## 5,000 random lives of tickets through the public API; a table, and JSON under .local/
	@$(BIN)/python -m lives

clocks: env  ## 100,000 lives' clocks against one wound by hand, and planted bugs; a table, and JSON under .local/
	@$(BIN)/python -m clocks

sabotage: env  ## planted bugs that the fault checker must catch
	@$(BIN)/python -m faults --sabotage

fuzz: env  ## 2,000 cases per service that nobody thought of; a table, and JSON under .local/
	@$(BIN)/python -m fuzz

docs: up  ## write docs/api/ anew from the running services and the code
	@$(BIN)/python -m shared.events.asyncapi > docs/api/asyncapi.json
	@$(BIN)/python -m shared.events.schemas tests/contract/schemas
	@$(BIN)/python -m sla_engine.policy schema > docs/policy.schema.json
	@$(BIN)/python -m stack.published docs/api

lock: env  ## resolve the locks anew (they name no registry host)
	@deploy/local/lock
