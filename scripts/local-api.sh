#!/usr/bin/env bash
# Runs the HTTP API on this machine: its routes as API Gateway has them, its authorizer in front, each
# function in a container as Lambda runs it, which is reused for the next request.
#
#   scripts/local-api.sh [--port PORT] [OPTION OF `sam local start-api`...]      port 3001
#
# Needs `make build` and a running shop (`make run`, or SHOP names its data folder), whose stores the
# functions use. Starts a Docker engine if none is running. Ctrl-C ends all of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1:-} in -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 2 ;; esac
for folder in functions/*/; do
  name=$(basename "$folder")
  [ -x "target/lambda/$name/bootstrap" ] || echo "local-api: target/lambda/$name/bootstrap does not exist, and its routes will fail: make build" >&2
done
exec scripts/with-docker.sh scripts/sam-local.sh start-api --warm-containers LAZY --port 3001 "$@"
