#!/usr/bin/env bash
# Invokes one function with a stored event, in Lambda's own container.
#
#   scripts/local-invoke.sh FUNCTION EVENT      orders place_order, or recovery each_minute
#
# Needs Docker, `make build`, and a shop that runs (`make run`), whose stores the function uses. TOKEN
# in the environment takes the place of the token in the event.
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

# The shop of `make run` writes what its functions are told here, in SAM's form.
told=.local/stores/shop/functions.json
[ -f "$told" ] || fail "$told is not there: start the shop with \`make run\` in another shell"
sent=$(mktemp --suffix .json)
# Beside the template, since CodeUri is read from there.
template=$(mktemp .template-local-XXXXXX.yaml)
trap 'rm -f "$sent" "$template"' EXIT
sed "s/Bearer TOKEN/Bearer ${TOKEN:-TOKEN}/" "$event" >"$sent"
# SAM hands on only variables that the template declares. On one machine secrets are given as they
# are, nobody signs in by IAM, the emulators have addresses, and no edge is before the function.
sed -E -e '/^ +(EDGE_KEY|REDIS_TOKEN)_SECRET:/d' -e 's/^( +[A-Z_]+)_SECRET:/\1:/' \
  -e "s/^( +)DATABASE_IAM: .*/\1DATABASE_IAM: 'false'\n\1AWS_ENDPOINT_URL_DYNAMODB: ''\n\1AWS_ENDPOINT_URL_SQS: ''\n\1REDIS_PREFIX: ''\n\1REVIEWDB_NAME: ''\n\1ANALYTICSDB_NAME: ''/" \
  template.yaml >"$template"
# notification-worker as NotificationWorker.
logical=$(sed -E 's/(^|-)(.)/\u\2/g' <<<"$function")
# shellcheck disable=SC2086
sam local invoke "$logical" --template "$template" --event "$sent" --env-vars "$told" --docker-network host ${SAM_OPTIONS:-}
