#!/usr/bin/env bash
# Builds and tests the storefront.
#
#   scripts/storefront.sh build    frontend/dist, unless it is up to date
#   scripts/storefront.sh test     lint, types, unit tests, build and budget; then the end-to-end tests
#                                  in a browser, against a shop of their own on free ports
#   scripts/storefront.sh mutants  puts faults into a copy and checks that tests detect them: those of
#                                  frontend/mutations by the test that each names, then Stryker's by unit tests
#   scripts/storefront.sh lighthouse  measures home, list, product and checkout with Lighthouse, on a shop as
#                                  for the end-to-end tests; needs scripts/install.sh lighthouse
#
# `test` needs a debug build of `local`, which make provides. Arguments after `test` go to Playwright:
# scripts/storefront.sh test -g 'double click'; arguments after `mutants` go to
# frontend/scripts/mutations.mjs, and Stryker does not run. Screenshots of all pages are saved in
# frontend/test-output/pages. Each kind of test prints a summary line like cargo's, which .ci/run adds up.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

NODE_LEAST=20 # as in scripts/install.sh
# How long the shop may take to start and load its demo data.
START_SECONDS=300
# On a busy machine one of its thousand requests may fail; the next start continues from there.
START_TRIES=3
# How long all runs of Lighthouse may take: twelve of about ten seconds, on a busy machine.
MEASURE_SECONDS=900
WORK=.local/storefront-test
TARGET=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/lambda-shop/target}
CACHE=frontend/node_modules/.cache

# scripts/install.sh puts a newer Node here if the system's is too old.
if ! command -v node >/dev/null || [ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -lt "$NODE_LEAST" ]; then
  PATH=$PWD/.local/node/node_modules/.bin:$PATH
fi

say() { printf 'storefront: %s\n' "$*"; }
in_frontend() { (cd frontend && "$@"); }

# Exactly the packages of the lock file; reinstalled only when it changes.
packages() {
  local lock marker=$CACHE/installed
  lock=$(sha256sum <frontend/package-lock.json)
  [ "$(cat "$marker" 2>/dev/null)" = "$lock" ] && return
  say 'installing packages'
  in_frontend npm ci --silent --no-audit --no-fund
  mkdir -p "$CACHE"
  printf '%s\n' "$lock" >"$marker"
}

# A checksum of all inputs of the build.
sources() {
  (cd frontend && find src public index.html vite.config.ts package.json package-lock.json scripts -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
}

build() {
  packages
  local now marker=$CACHE/built
  now=$(sources)
  if [ -f frontend/dist/index.html ] && [ "$(cat "$marker" 2>/dev/null)" = "$now" ]; then
    say 'up to date'
    return
  fi
  rm -f "$marker"
  in_frontend npx --no-install vite build --logLevel warn
  in_frontend node scripts/boot.mjs
  in_frontend node scripts/compress.mjs
  in_frontend node scripts/budget.mjs
  printf '%s\n' "$now" >"$marker"
}

# A summary line like cargo's, from a test runner's JSON report.
closing_line() {
  node -e '
    const [name, file] = process.argv.slice(1);
    const report = JSON.parse(require("node:fs").readFileSync(file, "utf8"));
    const { expected, unexpected, flaky, skipped } = report.stats ?? {
      expected: report.numPassedTests, unexpected: report.numFailedTests, flaky: 0, skipped: report.numPendingTests,
    };
    const retried = flaky === 0 ? "" : `, ${flaky} of them after a retry`;
    console.log(`test result: ${unexpected === 0 ? "ok" : "FAILED"}. ${expected + flaky} passed; ${unexpected} failed; ${skipped} ignored; ${name}${retried}`);
  ' "$@"
}

shop=''
stop_shop() {
  [ -n "$shop" ] || return 0
  kill -TERM "$shop" 2>/dev/null || true
  wait "$shop" || true
  shop=''
}

# A shop with demo data, on private stores and free ports. Sets SHOP_URL and SHOP_ADMIN_PASSWORD.
start_shop() {
  [ -x "$TARGET/debug/local" ] || { say "there is no $TARGET/debug/local: cargo build --workspace --bin local"; return 1; }
  rm -rf "$WORK"
  mkdir -p "$WORK"
  trap stop_shop EXIT
  local try
  for try in $(seq "$START_TRIES"); do
    say "starting a shop for the end-to-end tests, attempt $try"
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

# Waits until the shop serves, has exited, or the time is up.
try_to_start() {
  local log=$1 local_program=$TARGET/debug/local deadline=$((SECONDS + START_SECONDS))
  : >"$log" # read before the shop has written to it
  # All browsers of the tests share one IP address.
  LIMITS=x1000 MAIL_DIRECTORY="$WORK/mails" "$local_program" stores --volatile --free-ports --dir "$WORK/stores" -- \
    "$local_program" run --port 0 --dir "$WORK/shop" >"$log" 2>&1 &
  shop=$!
  until SHOP_URL=$(sed -n 's/^The shop is at \(http[^ ]*\).*/\1/p' "$log") && [ -n "$SHOP_URL" ]; do
    kill -0 "$shop" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

end_to_end() {
  if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null; then
    say 'end-to-end tests: SKIPPED, Chromium is not installed and could not be installed'
    return
  fi
  start_shop || return 1
  local status=0
  in_frontend npx --no-install playwright test "$@" || status=$?
  local line
  line=$(closing_line 'end-to-end tests of the storefront' frontend/test-output/e2e.json)
  stop_shop
  printf '%s\n' "$line"
  return "$status"
}

# Each step runs even if an earlier one has failed.
checks() {
  local status=0
  in_frontend npm run --silent api:check || { say 'the API types are outdated: npm run api'; status=1; }
  in_frontend npm run --silent lint || status=1
  in_frontend npm run --silent typecheck || status=1
  in_frontend npx --no-install vitest run --reporter=default --reporter=json --outputFile.json=test-output/units.json || status=1
  closing_line 'unit tests of the storefront' frontend/test-output/units.json
  return "$status"
}

test_all() {
  rm -rf frontend/test-output
  packages
  local status=0
  checks || status=1
  # Builds even if it is up to date: the budget is part of the test.
  rm -f "$CACHE/built"
  build || return 1
  end_to_end "$@" || status=1
  [ "$status" -eq 0 ] || say 'FAILED'
  return "$status"
}

mutants() {
  packages
  local status=0 part
  # Help, list and unit tests need no shop.
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

measure() {
  build
  start_shop || return 1
  local status=0
  LIGHTHOUSE=$PWD/.local/lighthouse in_frontend timeout "$MEASURE_SECONDS" node scripts/lighthouse.mjs "$@" || status=$?
  stop_shop
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
  lighthouse)
    shift
    measure "$@"
    ;;
  *)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac
