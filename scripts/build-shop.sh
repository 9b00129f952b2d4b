#!/usr/bin/env bash
# Builds what `make run` starts: the local server, on the profile of `make test`, and the storefront
# beside it. Says what it does, how far it is, and about how long that takes.
#
#   scripts/build-shop.sh
#
# On a terminal cargo draws its own bar; elsewhere a line reports the progress from time to time. The
# storefront is not needed: if it cannot be built, the reason is shown and the shop runs without it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

TARGET=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/lambda-shop/target}
LOG=.local/storefront-build.log
# What compiling everything takes, in minutes of one core: docs/performance.md.
COLD_CORE_MINUTES=12
REPORT_SECONDS=15

say() { printf 'build: %s\n' "$*"; }

# How many packages cargo compiles for the local server, at most. Downloads what is missing.
count_packages() {
  cargo tree --locked --package local --edges normal,build --prefix none |
    sed -E 's/ \(.*//' | sort -u | wc -l
}

# Passes cargo's lines on, and reports after each 15 seconds.
report_progress() {
  local total=$1 done=0 last=$SECONDS start=$SECONDS line spent
  while IFS= read -r line; do
    printf '%s\n' "$line"
    [[ $line == *Compiling* ]] && done=$((done + 1))
    if [ $((SECONDS - last)) -ge "$REPORT_SECONDS" ] && [ "$done" -gt 0 ] && [ "$done" -lt "$total" ]; then
      last=$SECONDS
      spent=$((SECONDS - start))
      say "compiling the server: $done of $total packages after $spent s, about $((spent * (total - done) / done)) s left"
    fi
  done
}

build_server() {
  local build=(cargo build --workspace --bin local)
  if [ -t 2 ]; then
    "${build[@]}"
  else
    local packages
    packages=$(count_packages)
    "${build[@]}" 2>&1 | report_progress "$packages"
  fi
}

mkdir -p .local
say 'step 1 of 2: the storefront, in the background (a minute the first time)'
{ scripts/install.sh node && scripts/storefront.sh build; } >"$LOG" 2>&1 </dev/null &
storefront=$!
trap 'kill "$storefront" 2>/dev/null || true' EXIT

about='seconds to a minute, depending on what has changed'
if [ ! -x "$TARGET/debug/local" ]; then
  cores=$(nproc 2>/dev/null || echo 2)
  about="the first time about $(((COLD_CORE_MINUTES + cores - 1) / cores)) minutes on $cores cores, then seconds"
fi
say "step 2 of 2: the server ($about)"
build_server

if ! wait "$storefront"; then
  cat "$LOG"
  say 'the storefront was NOT BUILT, see above; the shop runs without it'
fi
