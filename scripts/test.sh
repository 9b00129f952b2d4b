#!/usr/bin/env bash
# Runs the tests of the workspace, on the stores that the environment names (`local stores -- …`).
#
#   scripts/test.sh [arguments of cargo test]
#
# With TEST_RETRIES=1 the test programs that failed run once more, one by one, with nothing beside them:
# a test may fail once on a machine that is busy with other work; one that fails twice is broken.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
cargo test --workspace --no-fail-fast "$@" 2>&1 | tee "$log" && exit 0
[ "${TEST_RETRIES:-0}" = 1 ] && [ $# = 0 ] || exit 1

# cargo ends with one "    `-p tests --test limits`" per program that failed; of a single one it says
# "error: test failed, to rerun pass `-p tests --test limits`". A crate's own name would choose other
# features and build everything anew: the program's name is enough.
failed=$(grep -oE '`-p [^ `]+ (--test [^ `]+|--lib|--bin [^ `]+|--doc)`' "$log" | tr -d '`' | sort -u)
[ -n "$failed" ] || exit 1
# .ci/run takes the results above out of its sums.
printf '\n== once more\n%s\n' "$failed"
status=0
while read -r _ crate target name; do
  case $target in
    --test) cargo test --workspace --test "$name" || status=1 ;;
    *) echo "$crate: $target is not run once more"; status=1 ;;
  esac
done <<<"$failed"
exit "$status"
