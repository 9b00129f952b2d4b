#!/usr/bin/env bash
# What SAM, cfn-lint and checkov say of the templates: nothing, but for the reasoned skips in
# .cfnlintrc and .checkov.yaml. Needs no network.
#
#   scripts/lint-templates.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/install.sh deploy lint
export SAM_CLI_TELEMETRY=0
.local/venv-lint/bin/cfn-lint
.local/venv-deploy/bin/sam validate --lint --region eu-central-1 --template template.yaml
report=$(.local/venv-lint/bin/checkov --config-file .checkov.yaml 2>&1) || { echo "$report"; exit 1; }
# It ends well too where it has looked at nothing.
summary=$(grep -E '^Passed checks: [1-9][0-9]*, Failed checks: 0' <<<"$report") || { echo "$report"; exit 1; }
echo "cfn-lint, sam validate: clean; checkov: $summary"
