# Every target sets up what it needs by itself; `make` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEVELOPED := $(VENV)/.developed

.DEFAULT_GOAL := help
.PHONY: help install serve demo plan test check format lint types imports unit live coverage bench-overhead bench-throughput bench-tasks bench-batches bench-generation clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -e .
	@touch $@

$(DEVELOPED): $(INSTALLED)
	$(BIN)/pip install --quiet -e '.[dev]'
	@touch $@

install: $(DEVELOPED) ## Make .venv and install everything into it, for development too

serve: $(INSTALLED) ## Serve serve_config.yaml on 127.0.0.1:8000 in the fast profile
	$(BIN)/serve-app run serve_config.yaml

demo: $(INSTALLED) ## Build all demo models ahead of their first use
	$(BIN)/python -m serve_app.demo

plan: $(INSTALLED) ## Show what serve_config.yaml amounts to, without starting anything
	$(BIN)/serve-app plan serve_config.yaml

test: check unit live ## The whole test suite: format, types, import rules, pure tests, and a real Ray

check: format lint types imports ## Everything that needs no run

format: $(DEVELOPED) ## Formatting, as it should be
	$(BIN)/ruff format --check .

lint: $(DEVELOPED) ## Lint
	$(BIN)/ruff check .

types: $(DEVELOPED) ## Types, strictly
	$(BIN)/mypy serve_app tests benchmarks

imports: $(DEVELOPED) ## Who may import whom
	$(BIN)/lint-imports

unit: $(DEVELOPED) ## Tests without a Ray cluster
	OMP_NUM_THREADS=1 $(BIN)/pytest --ignore tests/live -n auto --dist loadfile

live: $(DEVELOPED) ## Tests against real servers on this machine
	$(BIN)/pytest tests/live

coverage: $(DEVELOPED) ## The pure tests, with the lines they miss
	$(BIN)/pytest --ignore tests/live --cov serve_app --cov-report term-missing:skip-covered

bench-overhead: $(DEVELOPED) ## What a request costs beside the model, against ordinary Ray Serve graphs
	$(BIN)/python -m benchmarks.overhead

bench-throughput: $(DEVELOPED) ## Embeddings through the server against the bare engine
	$(BIN)/python -m benchmarks.throughput

bench-tasks: $(DEVELOPED) ## Every task at 64 clients against plain transformers, one by one
	$(BIN)/python -m benchmarks.tasks

bench-batches: $(DEVELOPED) ## Every task on the replica: eight inputs one by one, and together
	$(BIN)/python -m benchmarks.batches

bench-generation: $(DEVELOPED) ## Text generation against the bare manager, transformers serve and static batches
	$(BIN)/python -m benchmarks.generation

clean: ## Remove .venv and what the tools cached
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info
