#!/usr/bin/env bash
# Deploys what `make build` built, then the storefront's files. docs/deploy.md has the whole way.
#
#   scripts/deploy.sh STAGE          dev or prod, as samconfig.toml has them
#
# Needs credentials of an account and, once, scripts/secrets.sh STAGE init.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fail() { printf 'deploy: %s\n' "$*" >&2; exit 1; }
say() { printf 'deploy: %s\n' "$*"; }

case ${1:-} in
  dev | prod) stage=$1 ;;
  *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
PATH=$PATH:$PWD/.local/venv-deploy/bin
export SAM_CLI_TELEMETRY=0
config() { sed -n "/^\[$stage\.global/,/^\[/s/^$1 = \"\(.*\)\"/\1/p" samconfig.toml; }
stack=$(config stack_name)
AWS_REGION=${AWS_REGION:-$(config region)}
export AWS_REGION AWS_DEFAULT_REGION=$AWS_REGION

for folder in functions/*/; do
  name=$(basename "$folder")
  [ -x "target/lambda/$name/bootstrap" ] || fail "target/lambda/$name/bootstrap is not there: make build"
done
aws sts get-caller-identity --query Account --output text >/dev/null || fail 'there are no credentials of an AWS account'
aws ssm get-parameter --name "/shop/$stage/token-keys" >/dev/null 2>&1 || fail "first: scripts/secrets.sh $stage init"

# Each deploy is a release with versions of its own: SAM sees changes of the code, and neither those of
# parameters nor of secrets. What is given here takes the place of all overrides in samconfig.toml.
mapfile -t overrides < <(sed -n "/^\[$stage\.deploy/,/^\[/s/^ *\"\([A-Za-z]*=.*\)\",*\$/\1/p" samconfig.toml)
sam deploy --config-env "$stage" --region "$AWS_REGION" \
  --parameter-overrides "${overrides[@]}" "Release=$(date -u +%Y%m%d-%H%M%S)"

output() { aws cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text; }
bucket=$(output SiteBucket)
say "files of the site to s3://$bucket"
if [ -f frontend/dist/index.html ]; then
  # What Vite names by its content never changes, and is there before the page that asks for it.
  aws s3 sync frontend/dist/assets "s3://$bucket/assets" --cache-control 'public, max-age=31536000, immutable' --only-show-errors
  aws s3 sync frontend/dist "s3://$bucket" --exclude 'assets/*' --cache-control 'no-cache' --only-show-errors
else
  say 'frontend/dist is not there: the API is deployed without its storefront'
fi
aws s3 cp docs/openapi.json "s3://$bucket/openapi.json" --cache-control 'public, max-age=60' --content-type application/json --only-show-errors
printf '{"status":"ok"}' | aws s3 cp - "s3://$bucket/health" --cache-control 'no-cache' --content-type application/json --only-show-errors
aws cloudfront create-invalidation --distribution-id "$(output SiteDistribution)" --paths '/*' >/dev/null

site=$(output SiteUrl)
say "the shop is at $site and its API at $site/api"
for group in users products orders payments inventory notifications reviews analytics; do
  if answer=$(curl -fsS --max-time 20 "$site/api/$group/ready"); then
    say "$group is ready"
  else
    say "$group is NOT ready: ${answer:-no answer}; see /shop/$stage/$group in CloudWatch Logs"
    failed=yes
  fi
done
[ -z "${failed:-}" ]
