#!/usr/bin/env bash
# Deploys what `make build` built, then the storefront's files. docs/deploy.md describes all steps.
#
#   scripts/deploy.sh STAGE          dev or prod, as samconfig.toml has them
#
# Needs credentials of an AWS account and, once, scripts/secrets.sh STAGE init.
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
. scripts/region.sh
stack=$(config stack_name)
# The value that samconfig.toml sets for a parameter of the template; empty if it has the default.
override() { sed -n "/^\[$stage\.deploy/,/^\[/s/^ *\"$1=\(.*\)\",\{0,1\} *$/\1/p" samconfig.toml; }
noise=$(mktemp)
trap 'rm -f "$noise"' EXIT
of_stack() {
  aws cloudformation describe-stacks --stack-name "$stack" --query "$1" --output text 2>"$noise" && return
  grep -q 'does not exist' "$noise" || fail "$(cat "$noise")"
}
output() { of_stack "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"; }

for folder in functions/*/; do
  name=$(basename "$folder")
  [ -x "target/lambda/$name/bootstrap" ] || fail "target/lambda/$name/bootstrap does not exist: make build"
done
aws sts get-caller-identity --query Account --output text >/dev/null || fail 'there are no credentials for an AWS account'
aws ssm get-parameter --name "/shop/$stage/token-keys" >/dev/null 2>&1 || fail "first: scripts/secrets.sh $stage init"

status=$(of_stack 'Stacks[0].StackStatus')
case $status in
  ROLLBACK_COMPLETE | ROLLBACK_FAILED | DELETE_FAILED)
    fail "the stack $stack was never created completely and can only be deleted: docs/deploy.md, When the first deploy fails" ;;
  UPDATE_ROLLBACK_FAILED)
    fail "the rollback of the last deploy stopped: aws cloudformation continue-update-rollback --stack-name $stack" ;;
esac
# CloudFront reaches the load balancer by a name that is an alias of it, and an alias needs a load
# balancer that exists.
if [ "$(override FrontDoor)" = alb ]; then
  name=$(override BalancerDomain)
  balancer=$(output BalancerHost)
  case $balancer in
    '' | None) fail "there is no load balancer yet: deploy with FrontDoor=both, make ${name:-BalancerDomain} an alias of it, then FrontDoor=alb" ;;
  esac
  curl -fsS --max-time 20 -o "$noise" "https://$name/api/users/health" ||
    fail "https://$name does not lead to the load balancer: it must be an alias of $balancer"
fi

# Each deploy is a release with versions of its own: SAM notices changes of the code, but not of
# parameters or secrets. The options here replace all overrides in samconfig.toml.
mapfile -t overrides < <(sed -n "/^\[$stage\.deploy/,/^\[/s/^ *\"\([A-Za-z]*=.*\)\",*\$/\1/p" samconfig.toml)
sam deploy --config-env "$stage" --region "$AWS_REGION" \
  --parameter-overrides "${overrides[@]}" "Release=$(date -u +%Y%m%d-%H%M%S)"

bucket=$(output SiteBucket)
say "copying the storefront's files to s3://$bucket"
if [ -f frontend/dist/index.html ]; then
  # Files that Vite names by their content never change, and are copied before the page that loads them.
  # CloudFront compresses them: the compressed forms are for the local server.
  plain=(--exclude '*.br' --exclude '*.gz' --exclude '.vite/*')
  aws s3 sync frontend/dist/assets "s3://$bucket/assets" "${plain[@]}" --cache-control 'public, max-age=31536000, immutable' --only-show-errors
  aws s3 sync frontend/dist "s3://$bucket" "${plain[@]}" --exclude 'assets/*' --cache-control 'no-cache' --only-show-errors
else
  say 'frontend/dist does not exist: the API is deployed without its storefront'
fi
aws s3 cp docs/openapi.json "s3://$bucket/openapi.json" --cache-control 'public, max-age=60' --content-type application/json --only-show-errors
printf '{"status":"ok"}' | aws s3 cp - "s3://$bucket/health" --cache-control 'no-cache' --content-type application/json --only-show-errors
aws cloudfront create-invalidation --distribution-id "$(output SiteDistribution)" --paths '/*' >/dev/null

site=$(output SiteUrl)
say "the shop is at $site and its API at $site/api"
if [ "$(override FrontDoor)" = both ]; then
  say "the load balancer is $(output BalancerHost); FrontDoor=alb needs $(override BalancerDomain) to be an alias of it"
fi

# Functions that start, a database that scales up and an edge location that learns its origin take
# time: each group is retried for a minute.
mapfile -t waiting < <(grep -o '"/api/[a-z]*/ready"' docs/openapi.json | cut -d/ -f3)
[ "${#waiting[@]}" -gt 0 ] || fail 'docs/openapi.json names no group'
for round in {1..13}; do
  late=()
  for group in "${waiting[@]}"; do
    if curl --fail-with-body -sS --max-time 20 "$site/api/$group/ready" >"$noise" 2>&1; then
      say "$group is ready"
    else
      late+=("$group")
      [ "$round" -lt 13 ] || say "$group is NOT ready: $(tr '\n' ' ' <"$noise"); see /shop/$stage/$group in CloudWatch Logs"
    fi
  done
  waiting=("${late[@]}")
  [ "${#waiting[@]}" -gt 0 ] || exit 0
  [ "$round" -eq 13 ] || sleep 5
done
exit 1
