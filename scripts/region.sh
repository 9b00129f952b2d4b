# Sourced by what talks to AWS for a stage, from the checkout's root and with $stage: says the region
# in both variables. The AWS CLI of version 1 reads AWS_DEFAULT_REGION and not AWS_REGION; SAM and
# the SDKs prefer AWS_REGION. With one of them alone, two commands may mean two regions.

# A line of samconfig.toml that holds for every command of the stage.
config() { sed -n "/^\[$stage\.global/,/^\[/s/^$1 = \"\(.*\)\"/\1/p" samconfig.toml; }

if [ -n "${AWS_REGION:-}" ] && [ -n "${AWS_DEFAULT_REGION:-}" ] && [ "$AWS_REGION" != "$AWS_DEFAULT_REGION" ]; then
  fail "AWS_REGION is $AWS_REGION and AWS_DEFAULT_REGION is $AWS_DEFAULT_REGION: which is meant?"
fi
AWS_REGION=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(config region)}}
[ -n "$AWS_REGION" ] || fail "samconfig.toml names no region for $stage, and AWS_REGION is not set"
AWS_DEFAULT_REGION=$AWS_REGION
export AWS_REGION AWS_DEFAULT_REGION
