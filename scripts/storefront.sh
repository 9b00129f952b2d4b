#!/usr/bin/env bash
# Builds and tests the storefront.
#
#   scripts/storefront.sh build    frontend/dist, unless it is up to date
#   scripts/storefront.sh test     lint, types, unit tests, build and budget; then the journeys in a
#                                  browser, against a shop of their own on free ports
#   scripts/storefront.sh mutants  faults put into a copy of it, and whether a test notices: those of
#                                  frontend/mutations by the test that each names, then Stryker's by the units
#
# `test` needs a compiled `local` (a debug one): make builds it. What follows `test` is given to
# Playwright: scripts/storefront.sh test -g 'double click'; what follows `mutants` to
# frontend/scripts/mutations.mjs, and then Stryker is left out. Pictures of all pages are kept in
# frontend/test-output/pages. Each kind of test ends with a line as cargo's, which .ci/run sums up.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

NODE_LEAST=20 # as in scripts/install.sh
# How long the shop for the journeys may take to start and load its goods.
START_SECONDS=300
# A machine under load may refuse one of its thousand requests; the next start goes on from there.
START_TRIES=3
WORK=.local/storefront-test
TARGET=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/lambda-shop/target}
CACHE=frontend/node_modules/.cache

# Where the system's Node is too old, scripts/install.sh has put one here.
if ! command -v node >/dev/null || [ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -lt "$NODE_LEAST" ]; then
  PATH=$PWD/.local/node/node_modules/.bin:$PATH
fi

say() { printf 'storefront: %s\n' "$*"; }
in_frontend() { (cd frontend && "$@"); }

# The packages of the lock file, nothing else; installed again only when it changes.
packages() {
  local lock marker=$CACHE/installed
  lock=$(sha256sum <frontend/package-lock.json)
  [ "$(cat "$marker" 2>/dev/null)" = "$lock" ] && return
  say 'installing packages'
  in_frontend npm ci --silent --no-audit --no-fund
  mkdir -p "$CACHE"
  printf '%s\n' "$lock" >"$marker"
}

# What the build is made of, as one sum.
sources() {
  (cd frontend && find src public index.html vite.config.ts package.json package-lock.json scripts -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
}

build() {
  packages
  local now marker=$CACHE/built
  now=$(sources)
  if [ -f frontend/dist/index.html ] && [ "$(cat "$marker" 2>/dev/null)" = "$now" ]; then
    say 'built already'
    return
  fi
  rm -f "$marker"
  in_frontend npx --no-install vite build --logLevel warn
  in_frontend node scripts/budget.mjs
  printf '%s\n' "$now" >"$marker"
}

# cargo's closing line, from what a runner of tests has written as JSON.
closing_line() {
  node -e '
    const [what, file] = process.argv.slice(1);
    const report = JSON.parse(require("node:fs").readFileSync(file, "utf8"));
    const { expected, unexpected, flaky, skipped } = report.stats ?? {
      expected: report.numPassedTests, unexpected: report.numFailedTests, flaky: 0, skipped: report.numPendingTests,
    };
    const again = flaky === 0 ? "" : `, ${flaky} of them at the second try`;
    console.log(`test result: ${unexpected === 0 ? "ok" : "FAILED"}. ${expected + flaky} passed; ${unexpected} failed; ${skipped} ignored; ${what}${again}`);
  ' "$@"
}

shop=''
stop_shop() {
  [ -n "$shop" ] || return 0
  kill -TERM "$shop" 2>/dev/null || true
  wait "$shop" || true
  shop=''
}

# A shop with its goods, on private stores and free ports. Sets SHOP_URL and SHOP_ADMIN_PASSWORD.
start_shop() {
  [ -x "$TARGET/debug/local" ] || { say "there is no $TARGET/debug/local: cargo build --workspace --bin local"; return 1; }
  rm -rf "$WORK"
  mkdir -p "$WORK"
  trap stop_shop EXIT
  local try
  for try in $(seq "$START_TRIES"); do
    say "starting a shop for the journeys, try $try"
    if try_to_start "$WORK/shop-$try.log"; then
      SHOP_ADMIN_PASSWORD=$(cat "$WORK/shop/shop/admin-password")
      export SHOP_URL SHOP_ADMIN_PASSWORD
      return
    fi
    stop_shop
    say 'the shop did not start:'
    cat "$WORK/shop-$try.log"
  done
  return 1
}

# Waits until the shop serves, has died, or has had time enough.
try_to_start() {
  local log=$1 local_program=$TARGET/debug/local deadline=$((SECONDS + START_SECONDS))
  : >"$log" # it is read before the shop has written to it
  # All browsers of the journeys are one address.
  LIMITS=x1000 "$local_program" stores --volatile --free-ports --dir "$WORK/stores" -- \
    "$local_program" run --port 0 --dir "$WORK/shop" >"$log" 2>&1 &
  shop=$!
  until SHOP_URL=$(sed -n 's/^The shop is at \(http[^ ]*\).*/\1/p' "$log") && [ -n "$SHOP_URL" ]; do
    kill -0 "$shop" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

journeys() {
  if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null; then
    say 'journeys in a browser: SKIPPED, there is no Chromium and it could not be installed here'
    return
  fi
  start_shop || return 1
  local status=0
  in_frontend npx --no-install playwright test "$@" || status=$?
  local line
  line=$(closing_line 'journeys of the storefront' frontend/test-output/journeys.json)
  stop_shop
  printf '%s\n' "$line"
  return "$status"
}

# Each step runs, whatever the one before has found.
checks() {
  local status=0
  in_frontend npm run --silent api:check || { say 'the API types are old: npm run api'; status=1; }
  in_frontend npm run --silent lint || status=1
  in_frontend npm run --silent typecheck || status=1
  in_frontend npx --no-install vitest run --reporter=default --reporter=json --outputFile.json=test-output/units.json || status=1
  closing_line 'units of the storefront' frontend/test-output/units.json
  return "$status"
}

test_all() {
  rm -rf frontend/test-output
  packages
  local status=0
  checks || status=1
  # Even where it is built already: the budget is part of the test.
  rm -f "$CACHE/built"
  build || return 1
  journeys "$@" || status=1
  [ "$status" -eq 0 ] || say 'FAILED'
  return "$status"
}

mutants() {
  packages
  local status=0 part
  # Asked for its help, its list or its units alone, it needs no shop.
  for part in "$@"; do
    case $part in
      --help | --list | --units)
        in_frontend node scripts/mutations.mjs "$@"
        return
        ;;
    esac
  done
  start_shop || return 1
  in_frontend node scripts/mutations.mjs "$@" || status=$?
  stop_shop
  [ "$#" -gt 0 ] || in_frontend npm run --silent mutants || status=$?
  return "$status"
}

case ${1:-} in
  build) build ;;
  test)
    shift
    test_all "$@"
    ;;
  mutants)
    shift
    mutants "$@"
    ;;
  *)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac
