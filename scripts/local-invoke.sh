#!/usr/bin/env bash
# Invokes one function with a stored event, in a container as Lambda runs it, and judges its answer.
#
#   scripts/local-invoke.sh FUNCTION EVENT [EXPECTED]      orders place_order 201
#
# EXPECTED is a status (201), `allowed` or `refused` for the authorizer. Without it every answer is
# good but a failure: a status of 500 and above, an error, a message of a batch that was not taken.
# SAM itself ends well whatever the function answers. The exit code is 1 where the answer is another.
#
# Needs `make build` and a shop that runs (`make run`, or SHOP names its data folder), whose stores
# the function uses, and starts a Docker engine where none runs. TOKEN in the environment takes the
# place of the token in the event.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fail() { printf 'local-invoke: %s\n' "$*" >&2; exit 1; }
case $# in 2 | 3) ;; *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 2 ;; esac

function=$1 event=events/$1/$2.json
[ -d "functions/$function" ] || fail "there is no function $function"
[ -f "$event" ] || fail "there is no $event; there are: $(cd "events/$function" && ls | tr '\n' ' ')"
[ -x "target/lambda/$function/bootstrap" ] || fail "target/lambda/$function/bootstrap is not there: make build"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed "s/Bearer TOKEN/Bearer ${TOKEN:-TOKEN}/" "$event" >"$folder/event.json"
# notification-worker as NotificationWorker.
logical=$(sed -E 's/(^|-)(.)/\u\2/g' <<<"$function")
scripts/with-docker.sh scripts/sam-local.sh invoke "$logical" --event "$folder/event.json" >"$folder/answer" ||
  fail "SAM did not get an answer from $function"
cat "$folder/answer"
python3 scripts/rehearsal/answer.py "$folder/answer" ${3:+"$3"}
