#!/usr/bin/env bash
# What SAM, cfn-lint and checkov say of the templates, and the AWS CLI of the commands in documents: nothing, but for the reasoned skips in
# .cfnlintrc and .checkov.yaml. Needs no network.
#
#   scripts/lint-templates.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/install.sh deploy lint
export SAM_CLI_TELEMETRY=0
.local/venv-lint/bin/cfn-lint
# It knows which engines AWS will not make any more: one that is deprecated must be refused, or
# nobody would be told of ours.
aged=$(mktemp --suffix .yaml)
trap 'rm -f "$aged"' EXIT
sed -E "s/^( +EngineVersion:) .*/\1 '16.1'/" infra/postgres.yaml >"$aged"
if .local/venv-lint/bin/cfn-lint --template "$aged" >/dev/null; then
  echo 'cfn-lint takes a deprecated engine: a rule of it is missing' >&2
  exit 1
fi
.local/venv-deploy/bin/sam validate --lint --region eu-central-1 --template template.yaml
.local/venv-deploy/bin/python scripts/check-commands.py
report=$(.local/venv-lint/bin/checkov --config-file .checkov.yaml 2>&1) || { echo "$report"; exit 1; }
# It ends well too where it has looked at nothing.
summary=$(grep -E '^Passed checks: [1-9][0-9]*, Failed checks: 0' <<<"$report") || { echo "$report"; exit 1; }
echo "cfn-lint, sam validate: clean; checkov: $summary"
