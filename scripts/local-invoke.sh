#!/usr/bin/env bash
# Invokes one function with a stored event, in a container as Lambda runs it, and checks its response.
#
#   scripts/local-invoke.sh FUNCTION EVENT [EXPECTED]      orders place_order 201
#
# EXPECTED is a status (201), or `allowed` or `refused` for the authorizer. Without it every response is
# accepted except a failure: a status of 500 and above, an error, a message of a batch that failed.
# SAM itself exits with 0 whatever the function responds. The exit code is 1 for any other response.
#
# Needs `make build` and a running shop (`make run`, or SHOP names its data folder), whose stores the
# function uses. Starts a Docker engine if none is running. TOKEN in the environment replaces the token
# in the event.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fail() { printf 'local-invoke: %s\n' "$*" >&2; exit 1; }
case $# in 2 | 3) ;; *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 2 ;; esac

function=$1 event=events/$1/$2.json
[ -d "functions/$function" ] || fail "there is no function $function"
[ -f "$event" ] || fail "$event does not exist; these do: $(cd "events/$function" && ls | tr '\n' ' ')"
[ -x "target/lambda/$function/bootstrap" ] || fail "target/lambda/$function/bootstrap does not exist: make build"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed "s/Bearer TOKEN/Bearer ${TOKEN:-TOKEN}/" "$event" >"$folder/event.json"
# notification-worker becomes NotificationWorker.
logical=$(sed -E 's/(^|-)(.)/\u\2/g' <<<"$function")
scripts/with-docker.sh scripts/sam-local.sh invoke "$logical" --event "$folder/event.json" >"$folder/answer" ||
  fail "SAM got no response from $function"
cat "$folder/answer"
python3 scripts/rehearsal/answer.py "$folder/answer" ${3:+"$3"}
