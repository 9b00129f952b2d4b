#!/usr/bin/env bash
# Runs `sam local` with the functions of target/lambda in containers that use the stores of a running
# shop. scripts/local-invoke.sh and scripts/local-api.sh use it.
#
#   scripts/sam-local.sh invoke|start-api [OPTION OF SAM...]
#   scripts/sam-local.sh template            prints the template as SAM gets it
#
# SHOP names the data folder (.local/stores) of a running shop (`make run`). SAM_IMAGE holds SAM's options
# for an image (scripts/base-image.sh), SAM_OPTIONS any others. Needs a compiled `local` (make builds it)
# and a Docker engine (scripts/with-docker.sh).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fail() { printf 'sam-local: %s\n' "$*" >&2; exit 1; }

# SAM passes on only variables that the template declares, and cannot resolve references to other
# stacks: so each variable is declared empty, and the running shop provides its value. On one machine
# secrets are passed as they are, nothing authenticates with IAM, and the emulators have addresses. SAM
# mistakes the condition in `Layers` for a layer's name and calls AWS for it, and drops an authorizer
# whose ARN is not a string. It has one authorizer for all methods of a path, so if one of them is public
# all are: the functions check the token again, as they do behind a load balancer.
template() {
  sed -E -e '/^ +Layers: /d' \
    -e 's/^( +FunctionArn:) !GetAtt ([A-Za-z]+)\.Arn$/\1 arn:aws:lambda:us-east-1:123456789012:function:\2/' \
    -e "s/^( +)DATABASE_IAM: .*/\1DATABASE_IAM: 'false'\n\1AWS_ENDPOINT_URL_DYNAMODB: ''\n\1AWS_ENDPOINT_URL_SQS: ''\n\1REDIS_PREFIX: ''\n\1REVIEWDB_NAME: ''\n\1ANALYTICSDB_NAME: ''\n\1ROLE_PASSWORD: ''/;t" \
    -e "s/^( +)([A-Z]+[A-Z0-9]*(_[A-Z0-9]+)+): .*/\1\2: ''/" \
    -e "s/^( +[A-Z_]+)_SECRET: ''/\1: ''/" \
    -e "s/^( +)(LIMITS|PGSSLROOTCERT|RELEASE): .*/\1\2: ''/" \
    template.yaml |
    awk '{ line[NR] = $0 }
      /Type: HttpApi/ && match($0, /Path: [^ ,]+/) { path[NR] = substr($0, RSTART, RLENGTH); gsub(/\047/, "", path[NR]) }
      /Authorizer: NONE/ { public[path[NR]] = 1 }
      END { for (n = 1; n <= NR; n++) {
        if (path[n] != "" && path[n] in public && line[n] !~ /Auth:/) sub(/ } }$/, ", Auth: { Authorizer: NONE } } }", line[n])
        print line[n] } }'
}

case ${1:-} in
  template) template; exit ;;
  invoke | start-api) ;;
  *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
: "${CARGO_TARGET_DIR:=${XDG_CACHE_HOME:-$HOME/.cache}/lambda-shop/target}"
local=$CARGO_TARGET_DIR/debug/local
shop=${SHOP:-.local/stores}
[ -x "$local" ] || fail "$local does not exist: cargo build --bin local"
[ -f "$shop/shop/functions.json" ] || fail "no shop is running in $shop: start one with \`make run\` in another shell"
[ -x .local/venv-deploy/bin/sam ] || scripts/install.sh deploy >&2 || fail 'SAM could not be installed here'
PATH=$PWD/.local/venv-deploy/bin:$PATH
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION:-us-east-1}

# SAM ignores `--docker-network host`: a container has a network of its own, and reaches this machine by
# the bridge's address.
network=$(ip -4 -o address show dev docker0 2>/dev/null | awk '{ print $4; exit }')
[ -n "$network" ] || fail 'this Docker engine has no network docker0 on this machine'
# Next to the template, because CodeUri is relative to it.
file=$(mktemp .template-local-XXXXXX.yaml)
folder=$(mktemp -d)
child=
# A shell's background command does not receive Ctrl-C.
trap '[ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true' INT TERM HUP
trap 'rm -rf "$file" "$folder"' EXIT
template >"$file"
image=${SAM_IMAGE:-$(scripts/base-image.sh)}
# shellcheck disable=SC2086
"$local" bridge --network "$network" --dir "$shop" --env-vars "$folder/environment.json" -- \
  sam local "$@" --template "$file" --env-vars "$folder/environment.json" \
  --add-host host.docker.internal:host-gateway $image ${SAM_OPTIONS:-} &
child=$!
status=0
wait "$child" || status=$?
while kill -0 "$child" 2>/dev/null; do
  status=0
  wait "$child" || status=$?
done
exit "$status"
