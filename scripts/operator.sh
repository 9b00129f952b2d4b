#!/usr/bin/env bash
# Sends a command to the operator function, which changes accounts in ways that no route allows.
# docs/operations.md (Making an admin, Revoking access) lists the commands. The caller needs the policy
# of the stack's output OperatorPolicy, and AWS records who it was.
#
#   scripts/operator.sh STAGE COMMAND
#   scripts/operator.sh prod '{"action":"setRole","email":"ada@example.org","role":"admin"}'
#
# Prints the account as it is afterwards. The exit code is 1 if the command could not be carried out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fail() { printf 'operator: %s\n' "$*" >&2; exit 1; }

case ${1:-} in
  dev | prod) stage=$1 ;;
  *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
[ -n "${2:-}" ] || fail "which command? For example '{\"action\":\"show\",\"email\":\"ada@example.org\"}'"
PATH=$PATH:$PWD/.local/venv-deploy/bin
. scripts/region.sh

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
# Both versions of the CLI read fileb:// unchanged. The CLI succeeds even if the function failed.
failed=$(printf %s "$2" | aws lambda invoke --function-name "shop-$stage-operator" --payload fileb:///dev/stdin \
  --query FunctionError --output text "$answer")
cat "$answer"
echo
case $failed in
  None | '') ! grep -q '^ *{"code"' "$answer" ;;
  *) fail "the function failed ($failed); the command is safe to repeat, and its log is /shop/$stage/operator" ;;
esac
