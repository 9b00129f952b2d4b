#!/usr/bin/env bash
# Checks the templates with SAM, cfn-lint and checkov, and the `aws` commands in documents with the AWS
# CLI. Nothing may fail except the reasoned skips in .cfnlintrc and .checkov.yaml. Needs no network.
#
#   scripts/lint-templates.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/install.sh deploy lint
export SAM_CLI_TELEMETRY=0
.local/venv-lint/bin/cfn-lint
# cfn-lint knows which engine versions AWS no longer creates. A deprecated one must be rejected here;
# otherwise nobody would notice when ours becomes one.
aged=$(mktemp --suffix .yaml)
trap 'rm -f "$aged"' EXIT
sed -E "s/^( +EngineVersion:) .*/\1 '16.1'/" infra/postgres.yaml >"$aged"
if .local/venv-lint/bin/cfn-lint --template "$aged" >/dev/null; then
  echo 'cfn-lint accepts a deprecated engine: one of its rules is missing' >&2
  exit 1
fi
.local/venv-deploy/bin/sam validate --lint --region eu-central-1 --template template.yaml
.local/venv-deploy/bin/python scripts/check-commands.py
report=$(.local/venv-lint/bin/checkov --config-file .checkov.yaml 2>&1) || { echo "$report"; exit 1; }
# checkov also succeeds if it has checked nothing.
summary=$(grep -E '^Passed checks: [1-9][0-9]*, Failed checks: 0' <<<"$report") || { echo "$report"; exit 1; }
echo "cfn-lint, sam validate: clean; checkov: $summary"
