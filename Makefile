# `make` lists what there is. Every target installs what it needs and lacks.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Compiled files stay outside the checkout, shared by all targets.
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/lambda-shop/target
# rustup puts cargo here, and a shell started before that does not know it.
export PATH := $(PATH):$(HOME)/.cargo/bin

# Flags for `make run` (ARGS="--port 4000 --fresh") and `make test` (ARGS="-p orders").
ARGS ?=

.PHONY: help run test check fmt doctor admin account reconcile openapi schema sql bench faults mutants deny install dead-letters storefront ui-mutants measure-functions invoke events build deploy watch local-invoke local-api lint-templates rehearse

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: install ## The whole shop on http://localhost:3000; ARGS="--port 4000", "--fresh", "--empty", "--help"
	@{ scripts/install.sh node && scripts/storefront.sh build; } || echo 'storefront: NOT BUILT, see above; the shop runs with its API alone'
	cargo build --release --workspace --bin local
	@exec "$(CARGO_TARGET_DIR)/release/local" run $(ARGS)

test: install ## Format, lints and every test, on stores of their own
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --workspace --no-run
	@status=0; \
	"$(CARGO_TARGET_DIR)/debug/local" stores --volatile --free-ports --log-statements 0 --dir .local/test-stores -- \
	  cargo test --workspace --no-fail-fast $(ARGS) || status=$$?; \
	if [ -z "$(ARGS)" ]; then \
	  "$(CARGO_TARGET_DIR)/debug/local" pinned .local/test-stores/logs/postgres.log || status=$$?; \
	  "$(CARGO_TARGET_DIR)/debug/local" stores --volatile --free-ports --dir .local/grants-stores -- \
	    "$(CARGO_TARGET_DIR)/debug/local" grants .local/test-stores/logs/postgres.log || status=$$?; \
	  $(MAKE) --no-print-directory schema || status=$$?; \
	  $(MAKE) --no-print-directory storefront || status=$$?; \
	fi; \
	exit $$status

storefront: ## The storefront's checks and its journeys in a browser; part of `make test`
	@scripts/install.sh node
	@scripts/install.sh chromium || true
	cargo build --workspace --bin local
	@scripts/storefront.sh test $(ARGS)

ui-mutants: ## Faults put into the storefront, by hand and by machine: does a test notice each? Half an hour; ARGS="--only theme", "--units", "--help"
	@scripts/install.sh node
	@scripts/install.sh chromium || true
	cargo build --workspace --bin local
	@scripts/storefront.sh mutants $(ARGS)

schema: ## The API held against its document by schemathesis; part of `make test`; ARGS="--more 20 -- --seed 7"
	@scripts/install.sh schema || true
	cargo build --workspace --bin local
	@scripts/schema.sh $(ARGS)

check: install ## The quick part of `make test`: format, lints, tests that need no store
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --workspace --lib

fmt: ## Format everything
	cargo fmt --all

doctor: ## What this machine needs and has
	@cargo build --quiet --release --workspace --bin local
	@"$(CARGO_TARGET_DIR)/release/local" doctor

admin: ## Make somebody an admin of the running shop: make admin EMAIL=ada@example.org
	@test -n "$(EMAIL)" || { echo 'usage: make admin EMAIL=ada@example.org'; exit 2; }
	@"$(CARGO_TARGET_DIR)/release/local" make-admin "$(EMAIL)"

account: ## What an operator may do with an account; ARGS="show ada@example.org", "disable 7", "--help"
	@test -x "$(CARGO_TARGET_DIR)/release/local" || { echo 'no shop is running: start one with `make run`'; exit 2; }
	@"$(CARGO_TARGET_DIR)/release/local" account $(or $(ARGS),--help)

reconcile: ## Hold all stores of the running shop against each other; ARGS="--history FILE", "--json", "--help"
	@test -x "$(CARGO_TARGET_DIR)/release/local" || { echo 'no shop is running: start one with `make run`'; exit 2; }
	@"$(CARGO_TARGET_DIR)/release/local" reconcile $(ARGS)

dead-letters: ## Messages that no consumer of the running shop could take; ARGS="--redrive --all", "--help"
	@"$(CARGO_TARGET_DIR)/release/local" dead-letters $(ARGS)

openapi: ## Bring docs/openapi.json up to date
	cargo build --workspace --bin openapi
	"$(CARGO_TARGET_DIR)/debug/openapi" > docs/openapi.json.new
	mv docs/openapi.json.new docs/openapi.json

sql: install ## Bring .sqlx up to date, the data that SQL is checked against
	scripts/sql.sh

bench: install ## Processor time of the server per request, beside what one call to a store costs
	cargo build --release --workspace --bin local --bin workload
	@rm -rf .local/bench
	@"$(CARGO_TARGET_DIR)/release/local" stores --volatile --free-ports --dir .local/bench/stores -- \
	  "$(CARGO_TARGET_DIR)/release/workload" bench --server "$(CARGO_TARGET_DIR)/release/local" --dir .local/bench/shop $(ARGS)

faults: install ## Break the shop on purpose, for as long as you like; ARGS="kills --kills 3000", "--help"
	cargo build --workspace --bin local --bin chaos
	@"$(CARGO_TARGET_DIR)/debug/local" stores --volatile --free-ports --dir .local/faults/stores -- \
	  "$(CARGO_TARGET_DIR)/debug/chaos" $(or $(ARGS),--help)

mutants: ## Does a test notice small changes of the code? ARGS="domain", "checkout --shard 1/6"; long
	@scripts/mutants.sh $(or $(ARGS),--help)

measure-functions: build ## Zip size, start time, first event and memory of each function; ARGS="--runs 30", "--tls --runs 17"
	cargo build --release --workspace --bin local --bin lambda-harness
	@"$(CARGO_TARGET_DIR)/release/local" stores --volatile --free-ports --dir .local/measure-functions -- \
	  "$(CARGO_TARGET_DIR)/release/lambda-harness" measure --bin-dir target/lambda $(ARGS)

invoke: ## One event for one function on the running shop: make invoke F=products E=events/products/list_products.json
	@test -n "$(F)" -a -n "$(E)" || { echo 'usage: make invoke F=products E=events/products/list_products.json'; exit 2; }
	@cargo build --quiet --workspace --bin lambda-harness --bin "$(F)"
	@"$(CARGO_TARGET_DIR)/debug/lambda-harness" invoke "$(F)" "$(E)" $(ARGS)

deny: ## Licences, bans and sources of all dependencies
	scripts/install.sh deny
	.local/bin/cargo-deny --all-features check bans licenses sources

events: ## Bring the stored events in events/ up to date
	cargo build --workspace --bin events
	"$(CARGO_TARGET_DIR)/debug/events"

build: ## Every function for Lambda, in target/lambda; ARCH=arm64 where the template says so too
	scripts/build.sh $(or $(ARCH),x86_64)

deploy: ## Deploy what is built: make deploy STAGE=dev (docs/deploy.md has the whole way)
	@scripts/deploy.sh "$(STAGE)"

watch: ## `cargo lambda watch` on the running shop: routes at http://127.0.0.1:9000, compiled at their first request; ARGS="--invoke-port 9001"
	@scripts/watch.sh $(ARGS)

local-invoke: ## One function in Lambda's container, its answer judged: make local-invoke F=orders E=place_order [EXPECT=201]
	@test -n "$(F)" -a -n "$(E)" || { scripts/local-invoke.sh; exit 2; }
	@cargo build --quiet --workspace --bin local
	@scripts/local-invoke.sh $(F) $(E) $(EXPECT)

local-api: ## The HTTP API behind its authorizer on http://127.0.0.1:3001, functions in Lambda's containers; ARGS="--port 3002"
	@cargo build --quiet --workspace --bin local
	@scripts/local-api.sh $(ARGS)

lint-templates: ## sam validate, cfn-lint and checkov over template.yaml and infra/
	@scripts/lint-templates.sh

rehearse: install ## Build, lint, deploy and delete against moto, then a purchase in Lambda's containers; ARGS=--bounded as in CI
	@scripts/rehearse.sh $(ARGS)

install: ## What the other targets need; done by themselves
	@scripts/install.sh
