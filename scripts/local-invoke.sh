#!/usr/bin/env bash
# Invokes one function with a stored event, in Lambda's own container.
#
#   scripts/local-invoke.sh FUNCTION EVENT      orders place_order, or recovery each_minute
#
# Needs Docker and `make build`. TOKEN in the environment takes the place of the token in the event.
# Variables come from .local/sam-env.json where it is there (the local stores' addresses).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fail() { printf 'local-invoke: %s\n' "$*" >&2; exit 1; }
[ "$#" -eq 2 ] || { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 2; }

function=$1 event=events/$1/$2.json
[ -d "functions/$function" ] || fail "there is no function $function"
[ -f "$event" ] || fail "there is no $event; there are: $(cd "events/$function" && ls | tr '\n' ' ')"
[ -x "target/lambda/$function/bootstrap" ] || fail "target/lambda/$function/bootstrap is not there: make build"
docker info >/dev/null 2>&1 || fail 'there is no Docker engine here: make rehearse runs the binaries without one'
PATH=$PATH:$PWD/.local/venv-deploy/bin
export SAM_CLI_TELEMETRY=0

sent=$(mktemp --suffix .json)
trap 'rm -f "$sent"' EXIT
sed "s/Bearer TOKEN/Bearer ${TOKEN:-TOKEN}/" "$event" >"$sent"
# notification-worker as NotificationWorker.
logical=$(sed -E 's/(^|-)(.)/\u\2/g' <<<"$function")
options=()
[ -f .local/sam-env.json ] && options=(--env-vars .local/sam-env.json)
sam local invoke "$logical" --event "$sent" --docker-network host "${options[@]}" ${SAM_OPTIONS:-}
