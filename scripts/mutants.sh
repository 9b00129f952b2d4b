#!/usr/bin/env bash
# Changes the code in small ways, one at a time, and checks whether a test notices (cargo-mutants).
#
#   scripts/mutants.sh domain   [OPTION...]   shared/domain by its own tests: about an hour
#   scripts/mutants.sh checkout [OPTION...]   shared/checkout by the tests of orders, payments and
#                                             recovery, on private stores: a sixth of it in three quarters of an hour
#
# Options go to cargo-mutants: `--shard 1/6` for another part, `--file money.rs` for one file, `--list`.
# What no test noticed is listed in .local/mutants/<crate>/mutants.out/missed.txt. docs/mutants.md has
# the last score and says why each survivor stays.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Seconds after which a mutant that never ends is caught; a normal run takes a tenth of it.
TIMEOUT_DOMAIN=60
TIMEOUT_CHECKOUT=300
CHECKOUT_TESTS=(orders payments recovery)
PATH=$PWD/.local/bin:$PATH

crate=${1:-}
case $crate in
  domain | checkout) shift ;;
  *)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
    [ "$crate" = --help ] && exit 0
    exit 2
    ;;
esac

scripts/install.sh stores rust mutants
out=.local/mutants/$crate
mkdir -p "$out"
# A target folder of its own, so that a compiled mutant is never used as the real program.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/mutants CARGO_INCREMENTAL=1
if [ "$crate" = checkout ]; then
  case " $* " in *' --shard'* | *' --file'*) ;; *) set -- --shard 0/6 "$@" ;; esac
fi
# One way of sharding, so that each mutant is in exactly one part.
case " $* " in *' --sharding'*) ;; *' --shard'*) set -- --sharding round-robin "$@" ;; esac
mutants=(cargo mutants -p "$crate" --jobs 1 --cap-lints true --no-shuffle --output "$out")

if [ "$crate" = domain ]; then
  exec "${mutants[@]}" --timeout "$TIMEOUT_DOMAIN" "$@"
fi
cargo build --workspace --bin local
for tested in "${CHECKOUT_TESTS[@]}"; do mutants+=(--test-package "$tested"); done
exec "$CARGO_TARGET_DIR/debug/local" stores --volatile --free-ports --dir .local/mutants/stores -- \
  "${mutants[@]}" --timeout "$TIMEOUT_CHECKOUT" "$@"
