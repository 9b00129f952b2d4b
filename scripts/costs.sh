#!/usr/bin/env bash
# What a shop costs a month with nobody in it, for dev, prod and small: every line, from the templates,
# samconfig.toml and the table of prices in tests/support/costs/prices.rs. Asks nobody.
#
#   scripts/costs.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${CARGO_TARGET_DIR:=${XDG_CACHE_HOME:-$HOME/.cache}/lambda-shop/target}"
export CARGO_TARGET_DIR
exec cargo run --quiet --package tests --bin costs
