# Sourced by scripts that call AWS for a stage, from the checkout's root and with $stage: sets the region
# in both variables. Version 1 of the AWS CLI reads AWS_DEFAULT_REGION and not AWS_REGION; SAM and the
# SDKs prefer AWS_REGION. With only one of them set, two commands may use two regions.

# A line of samconfig.toml that applies to every command of the stage.
config() { sed -n "/^\[$stage\.global/,/^\[/s/^$1 = \"\(.*\)\"/\1/p" samconfig.toml; }

if [ -n "${AWS_REGION:-}" ] && [ -n "${AWS_DEFAULT_REGION:-}" ] && [ "$AWS_REGION" != "$AWS_DEFAULT_REGION" ]; then
  fail "AWS_REGION is $AWS_REGION and AWS_DEFAULT_REGION is $AWS_DEFAULT_REGION: which is meant?"
fi
AWS_REGION=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(config region)}}
[ -n "$AWS_REGION" ] || fail "samconfig.toml names no region for $stage, and AWS_REGION is not set"
AWS_DEFAULT_REGION=$AWS_REGION
export AWS_REGION AWS_DEFAULT_REGION
