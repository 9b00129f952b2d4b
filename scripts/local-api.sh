#!/usr/bin/env bash
# The HTTP API on this machine: its routes as API Gateway has them, its authorizer before them, each
# function in a container as Lambda runs it, which stays for the next request.
#
#   scripts/local-api.sh [--port PORT] [OPTION OF `sam local start-api`...]      port 3001
#
# Needs `make build` and a shop that runs (`make run`, or SHOP names its data folder), whose stores
# the functions use, and starts a Docker engine where none runs. Ctrl-C ends all of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1:-} in -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 2 ;; esac
for folder in functions/*/; do
  name=$(basename "$folder")
  [ -x "target/lambda/$name/bootstrap" ] || echo "local-api: target/lambda/$name/bootstrap is not there, and its routes will fail: make build" >&2
done
exec scripts/with-docker.sh scripts/sam-local.sh start-api --warm-containers LAZY --port 3001 "$@"
