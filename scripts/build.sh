#!/usr/bin/env bash
# Builds every function for Lambda, once for the whole workspace: target/lambda/<function>/bootstrap.
#
#   scripts/build.sh [ARCHITECTURE]      x86_64 (default) or arm64
#
# zig links against an older glibc than Amazon Linux 2023 has; scripts/check-glibc.sh checks it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1:-x86_64} in
  x86_64) option=--x86-64 ;;
  arm64) option=--arm64 ;;
  *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
scripts/install.sh rust deploy
PATH=$PWD/.local/venv-deploy/bin:$PATH

# The same package selection as everywhere; only the functions are linked. The profile is release with
# fat link-time optimization: small files that start quickly, at the price of minutes of compiling.
binaries=()
for folder in functions/*/; do binaries+=(--bin "$(basename "$folder")"); done
: "${CARGO_TARGET_DIR:=${XDG_CACHE_HOME:-$HOME/.cache}/lambda-shop/target}"
export CARGO_TARGET_DIR
cargo lambda build --workspace "${binaries[@]}" --profile lambda "$option" --lambda-dir target/lambda

printf '%-24s %12s\n' function bytes
for folder in functions/*/; do
  name=$(basename "$folder")
  printf '%-24s %12d\n' "$name" "$(stat -c %s "target/lambda/$name/bootstrap")"
done
