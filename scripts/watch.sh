#!/usr/bin/env bash
# Runs `cargo lambda watch` on the stores of the running shop: each function is compiled and started at
# its first request, and again after a change.
#
#   scripts/watch.sh [OPTION OF `cargo lambda watch`...]
#
# Routes are at http://127.0.0.1:9000/api/… without a gateway in front, so a forged token gets the
# functions' own 401 and not the authorizer's 403. Needs a running shop (`make run`, or SHOP names its
# data folder).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1:-} in -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 2 ;; esac
environment=${SHOP:-.local/stores}/shop/functions.env
[ -f "$environment" ] || { echo "watch: $environment does not exist: start the shop with \`make run\` in another shell" >&2; exit 1; }
scripts/install.sh rust deploy
export PATH=$PWD/.local/venv-deploy/bin:$PATH:$HOME/.cargo/bin
# Compiled files are stored outside the checkout, as for every other target.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/lambda-shop/target}
exec cargo lambda watch --invoke-address 127.0.0.1 --env-file "$environment" "$@"
