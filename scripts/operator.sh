#!/usr/bin/env bash
# Commands the operator function, which may do with an account what no route does. docs/operations.md
# (Making an admin, Cutting somebody off) has the commands; whoever runs it needs the policy of the
# stack's output OperatorPolicy, and AWS records who it was.
#
#   scripts/operator.sh STAGE COMMAND
#   scripts/operator.sh prod '{"action":"setRole","email":"ada@example.org","role":"admin"}'
#
# Prints the account as it is then. The exit code is 1 where the command could not be carried out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fail() { printf 'operator: %s\n' "$*" >&2; exit 1; }

case ${1:-} in
  dev | prod) stage=$1 ;;
  *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
[ -n "${2:-}" ] || fail "what is it to do? '{\"action\":\"show\",\"email\":\"ada@example.org\"}'"
PATH=$PATH:$PWD/.local/venv-deploy/bin
. scripts/region.sh

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
# Both versions of the CLI read fileb:// as it is. It ends well where the function failed, too.
failed=$(printf %s "$2" | aws lambda invoke --function-name "shop-$stage-operator" --payload fileb:///dev/stdin \
  --query FunctionError --output text "$answer")
cat "$answer"
echo
case $failed in
  None | '') ! grep -q '^ *{"code"' "$answer" ;;
  *) fail "the function failed ($failed); the command is safe to repeat, and its log is /shop/$stage/operator" ;;
esac
