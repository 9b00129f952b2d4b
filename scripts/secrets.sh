#!/usr/bin/env bash
# Creates the secrets that a stack needs before its first deploy, and rotates them later.
#
#   scripts/secrets.sh STAGE init          the key that signs tokens, and its public part
#   scripts/secrets.sh STAGE mongodb-url   reads MongoDB's URL from standard input and stores it
#   scripts/secrets.sh STAGE next-key      a second key; both are accepted from the next deploy on
#   scripts/secrets.sh STAGE switch-key    the second key signs, the first is still accepted
#   scripts/secrets.sh STAGE retire-key    the first key is deleted
#   scripts/secrets.sh STAGE forget        deletes everything, after the stack is deleted
#
# STAGE is dev or prod. Stored are the secrets shop/STAGE/signing-key, …/second-key and …/mongodb-url, and
# the parameters /shop/STAGE/token-keys, …/signing-key-arn and …/mongodb-url-arn. Every step may be
# repeated, and for seven days `init` restores what `forget` deleted. Needs the AWS CLI with credentials;
# the region is that of samconfig.toml, or AWS_REGION.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; }
fail() { printf 'secrets: %s\n' "$*" >&2; exit 1; }
say() { printf 'secrets: %s\n' "$*"; }

case ${1:-} in
  dev | prod) stage=$1 ;;
  -h | --help | '') usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac
PATH=$PATH:$PWD/.local/venv-deploy/bin
. scripts/region.sh
command -v aws >/dev/null || fail 'the AWS CLI is not installed: scripts/install.sh deploy installs it'
: "${CARGO_TARGET_DIR:=${XDG_CACHE_HOME:-$HOME/.cache}/lambda-shop/target}"
export CARGO_TARGET_DIR
token_keys() { cargo run --quiet --package token-keys -- "$@"; }

# Secrets are passed through standard input: everyone on the machine can read arguments.
noise=$(mktemp)
trap 'rm -f "$noise"' EXIT
# absent, there, or going: a deleted secret stays for some days, during which its name is taken.
state() {
  local deleted
  if deleted=$(aws secretsmanager describe-secret --secret-id "shop/$stage/$1" --query DeletedDate --output text 2>"$noise"); then
    case $deleted in None | '') echo there ;; *) echo going ;; esac
  else
    grep -q ResourceNotFoundException "$noise" || fail "$(cat "$noise")"
    echo absent
  fi
}
there() {
  local now
  now=$(state "$1") || exit 1
  [ "$now" = there ]
}
bring_back() {
  local now
  now=$(state "$1") || exit 1
  [ "$now" = going ] || return 0
  aws secretsmanager restore-secret --secret-id "shop/$stage/$1" >/dev/null
  say "restored shop/$stage/$1, which was scheduled for deletion"
}
read_secret() { aws secretsmanager get-secret-value --secret-id "shop/$stage/$1" --query SecretString --output text; }
arn_of() { aws secretsmanager describe-secret --secret-id "shop/$stage/$1" --query ARN --output text; }
keep() { # keep NAME DESCRIPTION < the secret
  local text
  text=$(cat)
  [ -n "$text" ] || fail "there is nothing to store as shop/$stage/$1"
  bring_back "$1"
  if there "$1"; then
    printf %s "$text" | aws secretsmanager put-secret-value --secret-id "shop/$stage/$1" --secret-string file:///dev/stdin >/dev/null
  else
    printf %s "$text" | aws secretsmanager create-secret --name "shop/$stage/$1" --description "$2" --secret-string file:///dev/stdin >/dev/null
  fi
}
note() { # note NAME TEXT DESCRIPTION
  aws ssm put-parameter --name "/shop/$stage/$1" --value "$2" --description "$3" --type String --overwrite >/dev/null
}
publish() { # the public parts of all private keys
  local keys
  keys=$({ read_secret signing-key; if there second-key; then read_secret second-key; fi; } | token_keys jwks)
  note token-keys "$keys" 'The public keys that tokens may be signed with'
}

[ -z "${2:-}" ] || say "$2 in $AWS_REGION"
case ${2:-} in
  init)
    for name in signing-key second-key mongodb-url; do bring_back "$name"; done
    if there signing-key; then
      say "shop/$stage/signing-key exists already"
    else
      token_keys generate | keep signing-key 'Signs the tokens of the shop'
      say "created shop/$stage/signing-key"
    fi
    note signing-key-arn "$(arn_of signing-key)" 'The secret with the key that signs tokens'
    publish
    # The template needs this parameter even if MongoDB is DocumentDB.
    if there mongodb-url; then arn=$(arn_of mongodb-url); else arn=none; fi
    note mongodb-url-arn "$arn" 'The secret with the URL of MongoDB'
    ;;
  mongodb-url)
    [ -t 0 ] && printf 'The URL of MongoDB (mongodb+srv://…): ' >&2
    read -r url || true
    [[ ${url:-} =~ ^mongodb(\+srv)?://.+ ]] || fail 'not a MongoDB URL: it must begin with mongodb:// or mongodb+srv://'
    printf %s "$url" | keep mongodb-url 'How the shop reaches MongoDB'
    note mongodb-url-arn "$(arn_of mongodb-url)" 'The secret with the URL of MongoDB'
    say "stored as shop/$stage/mongodb-url"
    ;;
  next-key)
    there signing-key || fail "there is no first key yet: scripts/secrets.sh $stage init"
    if there second-key; then
      say "shop/$stage/second-key exists already"
    else
      token_keys generate | keep second-key 'Will sign the tokens of the shop, or did until lately'
    fi
    publish
    say "published. Next: make deploy STAGE=$stage"
    ;;
  switch-key)
    there second-key || fail "there is no second key: scripts/secrets.sh $stage next-key"
    first=$(read_secret signing-key)
    read_secret second-key | keep signing-key ''
    printf %s "$first" | keep second-key ''
    say "switched. Next: raise SigningKeyVersion in samconfig.toml, then make deploy STAGE=$stage"
    ;;
  retire-key)
    there second-key || fail "there is no second key"
    aws secretsmanager delete-secret --secret-id "shop/$stage/second-key" --force-delete-without-recovery >/dev/null
    publish
    say "retired. Next: make deploy STAGE=$stage"
    ;;
  forget)
    for name in signing-key second-key mongodb-url; do
      there "$name" && aws secretsmanager delete-secret --secret-id "shop/$stage/$name" --recovery-window-in-days 7 >/dev/null
    done
    for name in token-keys signing-key-arn mongodb-url-arn; do
      if ! aws ssm delete-parameter --name "/shop/$stage/$name" 2>"$noise"; then
        grep -q ParameterNotFound "$noise" || fail "$(cat "$noise")"
        say "/shop/$stage/$name does not exist"
      fi
    done
    say "deleted; for seven days scripts/secrets.sh $stage init restores the secrets"
    ;;
  *) usage >&2; exit 2 ;;
esac
