#!/usr/bin/env bash
# Rehearses a deploy without an AWS account, as far as that takes longer than a test: the build and the
# C library that it needs, SAM and the linters, the deploy and its deletion against moto, and a purchase
# through functions in Lambda's containers.
#
#   scripts/rehearse.sh [--bounded]
#
# --bounded is the part that CI runs, two minutes if everything is compiled: the linters, every choice
# of the template translated and resolved, and one function of each kind under AWS's own emulator.
# Containers need a Docker engine: scripts/with-docker.sh starts one where it is allowed to.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${CARGO_TARGET_DIR:=${XDG_CACHE_HOME:-$HOME/.cache}/lambda-shop/target}"
export CARGO_TARGET_DIR
local=$CARGO_TARGET_DIR/debug/local
began=$SECONDS
step() { printf '\n== %s (%d s)\n' "$*" "$((SECONDS - began))"; }
bounded=no
case ${1:-} in
  '') ;;
  --bounded) bounded=yes ;;
  *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 2 ;;
esac

step 'templates'
scripts/lint-templates.sh
step 'every choice of the template'
.local/venv-lint/bin/python scripts/rehearsal/translate.py
step "one function of each kind under AWS's emulator"
programs=(--bin local)
for folder in functions/*/; do programs+=(--bin "$(basename "$folder")"); done
cargo build --workspace "${programs[@]}"
cargo test --workspace --test functions --no-run
RUNTIME_EMULATOR=required "$local" stores --volatile --free-ports --dir .local/rehearsal/emulator -- \
  cargo test --quiet --workspace --test functions -- rie
if [ "$bounded" = yes ]; then
  step 'done'
  exit
fi

step 'build'
scripts/build.sh
step 'glibc'
scripts/check-glibc.sh
for stage in dev prod; do
  for door in http-api both; do
    step "deploy and delete: $stage, $door"
    .local/venv-lint/bin/python scripts/rehearsal/deploy.py --stage "$stage" --front-door "$door"
  done
done
step 'deploy and delete: small'
.local/venv-lint/bin/python scripts/rehearsal/deploy.py --size small --front-door http-api
step 'in containers'
rm -rf .local/rehearsal/shop
status=0
"$local" stores --volatile --free-ports --dir .local/rehearsal/stores -- \
  scripts/with-docker.sh python3 scripts/rehearsal/container.py --local "$local" --dir .local/rehearsal/shop || status=$?
if [ "$status" -eq 3 ]; then
  echo 'SKIPPED: no Docker engine is available here, so no function ran in a container'
  exit
fi
[ "$status" -eq 0 ] || exit "$status"
step 'done'
