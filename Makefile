# The daily life of Artel. Every target is one command of tools/mesh/mesh, which describes them all:
# tools/mesh/mesh help. make may be called from any folder (make -C PATH …), and the path may hold
# blanks. Variables such as KILLS reach the command through its environment.

SHELL := /bin/bash
# Through the shell, because make's own functions for paths break at blanks.
mesh := bash "$$(dirname -- "$(MAKEFILE_LIST)")/tools/mesh/mesh"

.DEFAULT_GOAL := help
.PHONY: help up down down-and-erase status demo logs restart test chaos fuzz lint golden landed roll bench

help: ## this list
	@echo 'make TARGET, where TARGET is one of'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' "$(MAKEFILE_LIST)"

up: ## install what is missing, build, start the whole mesh and wait until it serves (RELEASE=1: release profile)
	@$(mesh) up

demo: ## play the main job from end to end through public gRPC; bring the mesh up first if necessary
	@$(mesh) demo $(ARGS)

down: ## stop the mesh; its data stays
	@$(mesh) down

down-and-erase: ## stop the mesh and erase its data, logs, keys and passwords
	@$(mesh) down-and-erase

status: ## table: service, address, health, memory, log
	@$(mesh) status

logs: ## one service's log: make logs SVC=orders
	@$(mesh) logs "$(SVC)"

restart: ## build, migrate and replace one running service: make restart SVC=orders
	@$(mesh) restart "$(SVC)"

test: ## every test; starts and stops what the tests need (ARGS='-p money': only some)
	@$(mesh) test $(ARGS)

chaos: ## load over the whole mesh while everything is killed, then an audit (KILLS=50 SEED=…)
	@$(mesh) chaos

fuzz: ## invalid requests to every method (RELEASE=1 N=100000 MINUTES=60 SEED=… METHODS=Billing)
	@$(mesh) fuzz

lint: ## formats, clippy, contracts, landed files, alarms, shell, prose, dependencies (ARGS=rust: only some)
	@$(mesh) lint $(ARGS)

golden: ## write the golden payloads that a change of the contracts lacks
	@$(mesh) golden

landed: ## freeze today's contracts, payloads and migrations: later changes must be compatible
	@$(mesh) landed

roll: ## replace a service by its next version and back, under load: make roll SVC=orders (FROM=commit)
	@$(mesh) roll "$(SVC)" "$(FROM)"

bench: ## the measurements (ARGS=place-order: only some)
	@$(mesh) bench $(ARGS)
