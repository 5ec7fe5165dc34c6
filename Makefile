# The daily life of Artel. Every target is one command of tools/mesh/mesh, which does the work and says more: tools/mesh/mesh help
# It may be called from any folder (make -C PATH …), and the path may hold blanks.

SHELL := /bin/bash
# Through the shell: make's own functions for paths break at a path's blanks.
mesh := bash "$$(dirname -- "$(MAKEFILE_LIST)")/tools/mesh/mesh"
SVC ?=
FROM ?=
KILLS ?=
SEED ?=
N ?=
MINUTES ?=
METHODS ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help up down down-and-erase status demo logs restart test chaos fuzz lint golden landed roll bench

help: ## this list
	@echo 'make TARGET, where TARGET is one of'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' "$(MAKEFILE_LIST)"

up: ## install what is missing, build, start the whole mesh and wait until it serves (RELEASE=1: release profile)
	@$(mesh) up

demo: ## the main job, played from end to end through public gRPC; brings the mesh up where it isn't
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

test: ## every test, starting and stopping what it needs (ARGS='-p money': only some)
	@$(mesh) test $(ARGS)

chaos: ## load over the whole mesh while everything is killed, then an audit (KILLS=50 SEED=…)
	@KILLS="$(KILLS)" SEED="$(SEED)" $(mesh) chaos

fuzz: ## nonsense on the wire for every method (RELEASE=1 N=100000 MINUTES=60 SEED=… METHODS=Billing)
	@N="$(N)" MINUTES="$(MINUTES)" SEED="$(SEED)" METHODS="$(METHODS)" $(mesh) fuzz

lint: ## formats, clippy, contracts (buf lint, format, breaking), what has landed, alarms, shell scripts
	@$(mesh) lint $(ARGS)

golden: ## write the golden payloads that a change of the contracts lacks
	@$(mesh) golden

landed: ## freeze today's contracts, payloads and migrations: what comes later must fit them
	@$(mesh) landed

roll: ## replace a service by its next version and back, under load: make roll SVC=orders (FROM=commit: not the one landed last)
	@$(mesh) roll "$(SVC)" "$(FROM)"

bench: ## the measurements (ARGS=place-order: only some)
	@$(mesh) bench $(ARGS)
