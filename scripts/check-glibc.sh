#!/usr/bin/env bash
# Prints the highest GLIBC version that each built function needs, and fails if Lambda's Amazon Linux
# 2023 has an older one.
#
#   scripts/check-glibc.sh [FOLDER]      target/lambda
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
MOST=2.34
folder=${1:-target/lambda}
status=0 checked=0
for bootstrap in "$folder"/*/bootstrap; do
  [ -f "$bootstrap" ] || { echo "check-glibc: nothing is built in $folder: make build" >&2; exit 1; }
  name=$(basename "$(dirname "$bootstrap")")
  # The versions of the dynamic symbols; readelf comes with every C compiler.
  highest=$(readelf --version-info --wide "$bootstrap" | grep -oE 'GLIBC_[0-9.]+' | sed 's/GLIBC_//' | sort -uV | tail -n 1)
  checked=$((checked + 1))
  if [ -z "$highest" ]; then
    printf '%-24s needs no GLIBC\n' "$name"
  elif [ "$(printf '%s\n%s\n' "$highest" "$MOST" | sort -V | tail -n 1)" = "$MOST" ]; then
    printf '%-24s GLIBC_%s\n' "$name" "$highest"
  else
    printf '%-24s GLIBC_%s is above %s\n' "$name" "$highest" "$MOST"
    status=1
  fi
done
echo "check-glibc: $checked functions, at most $MOST allowed"
exit "$status"
