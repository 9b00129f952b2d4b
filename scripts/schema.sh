#!/usr/bin/env bash
# Checks the API against its OpenAPI document: runs schemathesis without a login, as a customer and as an
# admin, on a shop and stores of its own, on free ports of 127.0.0.1.
#
#   scripts/schema.sh [--as ROLE,...] [--more N] [-- SCHEMATHESIS-OPTION...]
#
# Without options: about 2,000 cases, the same in every run, as in `make test`. For a longer run use
# `--more 20` (twenty times as many generated cases), and `-- --seed 7` for different ones. Needs a debug
# build of `local`, which make provides. Expected failures are in scripts/schema/expected.toml, each with
# its reason. The last line is a summary like cargo's, which .ci/run adds up; the shop's log is in
# .local/schema.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

WORK=.local/schema
TARGET=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/lambda-shop/target}
PYTHON=$PWD/.local/venv-schema/bin/python

if [ ! -x "$PYTHON" ]; then
  echo 'schema: NOT RUN, schemathesis could not be installed here: scripts/install.sh schema' >&2
  # On a machine without PyPI the rest of `make test` is still useful; CI must not pass without it.
  [ -z "${CI:-}" ] || { echo 'test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out'; exit 1; }
  exit 0
fi
rm -rf "$WORK"
mkdir -p "$WORK"
exec "$TARGET/debug/local" stores --volatile --free-ports --dir "$WORK/stores" -- \
  "$PYTHON" scripts/schema/run.py --server "$TARGET/debug/local" --dir "$WORK/run" "$@"
