#!/usr/bin/env bash
# Prints what an idle shop costs a month, for dev, prod and small: every line, calculated from the
# templates, samconfig.toml and the price table in tests/support/costs/prices.rs. Needs no network.
#
#   scripts/costs.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${CARGO_TARGET_DIR:=${XDG_CACHE_HOME:-$HOME/.cache}/lambda-shop/target}"
export CARGO_TARGET_DIR
exec cargo run --quiet --package tests --bin costs
