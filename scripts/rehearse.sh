#!/usr/bin/env bash
# Everything about the deploy that can be proved without an account and takes longer than a test:
# the build and what it asks of the machine, SAM's and the linters' word, the deploy and the way
# back against moto, and one function of each kind in Lambda's container where there is a Docker.
#
#   scripts/rehearse.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
step() { printf '\n== %s\n' "$*"; }

step 'build'
scripts/build.sh
step 'glibc'
scripts/check-glibc.sh
step 'templates'
scripts/lint-templates.sh
for stage in dev prod; do
  for door in http-api both; do
    step "deploy and delete: $stage, $door"
    .local/venv-lint/bin/python scripts/rehearsal/deploy.py --stage "$stage" --front-door "$door"
  done
done
step 'deploy and delete: small'
.local/venv-lint/bin/python scripts/rehearsal/deploy.py --size small --front-door http-api
step 'in the container'
if docker info >/dev/null 2>&1; then
  for one in 'users users_health' 'catalog-worker batch' 'recovery each_minute' 'authorizer check_token'; do
    # shellcheck disable=SC2086
    scripts/local-invoke.sh $one
  done
else
  echo 'SKIPPED: there is no Docker engine here, so `sam local invoke` was not run'
fi
