# `make` lists the targets. Every target installs what it needs and does not find.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Compiled files are stored outside the checkout and shared by all targets.
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/lambda-shop/target
# rustup puts cargo here; a shell started before that does not have it in PATH.
export PATH := $(PATH):$(HOME)/.cargo/bin

# Flags for `make run` (ARGS="--port 4000 --reset-data") and `make test` (ARGS="-p orders").
ARGS ?=

.PHONY: help run test check fmt doctor admin account reconcile openapi routes ninth-group schema sql bench bench-growth-events bill bench-growth faults mutants verify-mutants deny install dead-letters storefront lighthouse ui-mutants measure-functions invoke events build deploy watch local-invoke local-api lint-templates rehearse

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: install ## Run the whole shop on http://localhost:3000; ARGS="--port 4000", "--reset-data", "--no-demo-data", "--help"
	@scripts/build-shop.sh
	@MAIL_DIRECTORY="$${MAIL_DIRECTORY-.local/mails}" exec "$(CARGO_TARGET_DIR)/debug/local" run $(ARGS)

test: install ## Check format and lints, and run every test, on stores of their own
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --workspace --no-run
	@status=0; \
	"$(CARGO_TARGET_DIR)/debug/local" stores --volatile --free-ports --log-statements-over 0 --log-mongo-commands --dir .local/test-stores -- \
	  scripts/test.sh $(ARGS) || status=$$?; \
	if [ -z "$(ARGS)" ]; then \
	  "$(CARGO_TARGET_DIR)/debug/local" check-pinning .local/test-stores/logs/postgres.log || status=$$?; \
	  "$(CARGO_TARGET_DIR)/debug/local" check-plans .local/test-stores/logs/mongodb-commands.log || status=$$?; \
	  "$(CARGO_TARGET_DIR)/debug/local" stores --volatile --free-ports --dir .local/grants-stores -- \
	    "$(CARGO_TARGET_DIR)/debug/local" check-grants .local/test-stores/logs/postgres.log || status=$$?; \
	  $(MAKE) --no-print-directory schema || status=$$?; \
	  $(MAKE) --no-print-directory storefront || status=$$?; \
	fi; \
	exit $$status

storefront: ## The storefront's checks and its end-to-end tests in a browser; part of `make test`
	@scripts/install.sh node
	@scripts/install.sh chromium || true
	cargo build --workspace --bin local
	@scripts/storefront.sh test $(ARGS)

lighthouse: ## Measure the storefront's pages as on a phone: score, paint, requests, bytes; ARGS="--runs 5", "--only home"
	@scripts/install.sh node chromium lighthouse
	cargo build --workspace --bin local
	@scripts/storefront.sh lighthouse $(ARGS)

ui-mutants: ## Mutation tests of the storefront: does a test detect each fault? Half an hour; ARGS="--only theme", "--units", "--help"
	@scripts/install.sh node
	@scripts/install.sh chromium || true
	cargo build --workspace --bin local
	@scripts/storefront.sh mutants $(ARGS)

schema: ## Check the API against its OpenAPI document with schemathesis; part of `make test`; ARGS="--more 20 -- --seed 7"
	@scripts/install.sh schema || true
	cargo build --workspace --bin local
	@scripts/schema.sh $(ARGS)

check: install ## The fast part of `make test`: format, lints, tests that need no store
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --workspace --lib

fmt: ## Format everything
	cargo fmt --all

doctor: ## Show what this machine needs and has
	@cargo build --quiet --workspace --bin local
	@"$(CARGO_TARGET_DIR)/debug/local" doctor

admin: ## Make a user an admin of the running shop: make admin EMAIL=ada@example.org
	@test -n "$(EMAIL)" || { echo 'usage: make admin EMAIL=ada@example.org'; exit 2; }
	@"$(CARGO_TARGET_DIR)/debug/local" make-admin "$(EMAIL)"

account: ## Show or change an account as an operator; ARGS="show ada@example.org", "disable 7", "--help"
	@test -x "$(CARGO_TARGET_DIR)/debug/local" || { echo 'the shop is not running: start it with `make run`'; exit 2; }
	@"$(CARGO_TARGET_DIR)/debug/local" account $(or $(ARGS),--help)

reconcile: ## Check that all stores of the running shop agree; ARGS="--history FILE", "--json", "--help"
	@test -x "$(CARGO_TARGET_DIR)/debug/local" || { echo 'the shop is not running: start it with `make run`'; exit 2; }
	@"$(CARGO_TARGET_DIR)/debug/local" reconcile $(ARGS)

dead-letters: ## Show messages that no consumer of the running shop could process; ARGS="--redrive --all", "--help"
	@"$(CARGO_TARGET_DIR)/debug/local" dead-letters $(ARGS)

openapi: ## Update docs/openapi.json
	cargo build --workspace --bin openapi
	"$(CARGO_TARGET_DIR)/debug/openapi" > docs/openapi.json.new
	mv docs/openapi.json.new docs/openapi.json

routes: ## Bring what is generated from the routes up to date: the watch router, the gateway's and the load balancer's routes, docs/routes.md
	cargo build --workspace --bin routes
	"$(CARGO_TARGET_DIR)/debug/routes"

sql: install ## Update .sqlx, the data that SQL statements are checked against
	scripts/sql.sh

bench: install ## Measure the processor time of the server and its stores per request, each figure beside its goal; ARGS="--only order", "--help"
	cargo build --release --workspace --bin local --bin workload
	@rm -rf .local/bench
	@"$(CARGO_TARGET_DIR)/release/local" stores --free-ports --dir .local/bench/stores -- \
	  "$(CARGO_TARGET_DIR)/release/workload" bench --server "$(CARGO_TARGET_DIR)/release/local" --dir .local/bench/shop $(ARGS)

bench-growth: install ## Compare what lists and searches cost with few rows and with many; ARGS="products --products 100000", "--help"
	cargo build --release --workspace --bin local --bin workload
	@rm -rf .local/bench-growth
	@"$(CARGO_TARGET_DIR)/release/local" stores --volatile --free-ports --dir .local/bench-growth -- \
	  "$(CARGO_TARGET_DIR)/release/workload" growth $(ARGS)

bench-growth-events: install ## Compare what events and dashboards cost with few events stored and with many; ARGS="--events 200000", "--help"
	cargo build --release --workspace --bin local --bin workload
	@rm -rf .local/bench-growth-events
	@"$(CARGO_TARGET_DIR)/release/local" stores --volatile --free-ports --dir .local/bench-growth-events -- \
	  "$(CARGO_TARGET_DIR)/release/workload" growth-events $(ARGS)

faults: install ## Inject faults for as long as you like, then check that nothing was lost; ARGS="kills --kills 3000", "--help"
	cargo build --workspace --bin local --bin chaos
	@"$(CARGO_TARGET_DIR)/debug/local" stores --volatile --free-ports --dir .local/faults/stores -- \
	  "$(CARGO_TARGET_DIR)/debug/chaos" $(or $(ARGS),--help)

bill: install ## Count the calls of each use case at the stores, and write them to tests/bill/bill.txt
	cargo build --workspace --bin local
	@"$(CARGO_TARGET_DIR)/debug/local" stores --volatile --free-ports --dir .local/bill -- \
	  env UPDATE_BILL=yes cargo test --workspace --test bill

ninth-group: install ## Add an endpoint group to a copy of the checkout as CONTRIBUTING.md says, compile it, run the tests of all groups; long
	cargo build --workspace --bin local
	@"$(CARGO_TARGET_DIR)/debug/local" stores --volatile --free-ports --dir .local/ninth-group -- \
	  cargo test --workspace --test ninth_group -- --ignored --nocapture

mutants: ## Mutation tests: does a test notice small changes of the code? ARGS="domain", "checkout --shard 1/6"; long
	@scripts/mutants.sh $(or $(ARGS),--help)

verify-mutants: install ## Mutation tests with known bugs of the backend, one patch each: is each caught? ARGS="--only no-outbox", "--list", "--help"
	cargo build --workspace --bin local --bin chaos --bin mutants
	@"$(CARGO_TARGET_DIR)/debug/local" stores --volatile --free-ports --dir .local/mutants/stores -- \
	  "$(CARGO_TARGET_DIR)/debug/mutants" $(ARGS)

measure-functions: build ## Zip size, start, first event, memory of each function; ARGS="--runs 30", "--tls --runs 17"
	cargo build --release --workspace --bin local --bin lambda-harness
	@"$(CARGO_TARGET_DIR)/release/local" stores --volatile --free-ports --dir .local/measure-functions -- \
	  "$(CARGO_TARGET_DIR)/release/lambda-harness" measure --bin-dir target/lambda $(ARGS)

invoke: ## Send one event to one function, on the running shop: make invoke F=products E=events/products/list_products.json
	@test -n "$(F)" -a -n "$(E)" || { echo 'usage: make invoke F=products E=events/products/list_products.json'; exit 2; }
	@cargo build --quiet --workspace --bin lambda-harness --bin "$(F)"
	@"$(CARGO_TARGET_DIR)/debug/lambda-harness" invoke "$(F)" "$(E)" $(ARGS)

deny: ## Check licenses, bans and sources of all dependencies
	scripts/install.sh deny
	.local/bin/cargo-deny --all-features check bans licenses sources

events: ## Update the stored events in events/
	cargo build --workspace --bin events
	"$(CARGO_TARGET_DIR)/debug/events"

build: ## Build every function for Lambda, in target/lambda; ARCH=arm64 if the template says so too
	scripts/build.sh $(or $(ARCH),x86_64)

deploy: ## Deploy what is built: make deploy STAGE=dev (see docs/deploy.md)
	@scripts/deploy.sh "$(STAGE)"

watch: ## Run `cargo lambda watch` on the running shop: routes at http://127.0.0.1:9000, compiled at the first request; ARGS="--invoke-port 9001"
	@scripts/watch.sh $(ARGS)

local-invoke: ## Invoke one function in Lambda's container and check its response: make local-invoke F=orders E=place_order [EXPECT=201]
	@test -n "$(F)" -a -n "$(E)" || { scripts/local-invoke.sh; exit 2; }
	@cargo build --quiet --workspace --bin local
	@scripts/local-invoke.sh $(F) $(E) $(EXPECT)

local-api: ## Run the HTTP API behind its authorizer on http://127.0.0.1:3001, functions in Lambda's containers; ARGS="--port 3002"
	@cargo build --quiet --workspace --bin local
	@scripts/local-api.sh $(ARGS)

lint-templates: ## Run sam validate, cfn-lint and checkov on template.yaml and infra/
	@scripts/lint-templates.sh

rehearse: install ## Build, lint, deploy and delete against moto, then a purchase in Lambda's containers; ARGS=--bounded as in CI
	@scripts/rehearse.sh $(ARGS)

install: ## Install what the other targets need; they do this themselves
	@scripts/install.sh
