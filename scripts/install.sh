#!/usr/bin/env bash
# Installs what this checkout needs on a Debian-like machine, except what exists already.
#
#   scripts/install.sh [PART...]        without a part: stores rust
#
#   stores      PostgreSQL, Redis, and SecantusDB in .local/venv-mongo if there is no mongod
#   rust        a C compiler, CMake and Cargo
#   node        Node and npm, for the storefront
#   chromium    Chromium, for the storefront's end-to-end tests
#   lighthouse  Lighthouse in .local/lighthouse, which measures the storefront's pages
#   deny        cargo-deny in .local/bin (compiles for minutes)
#   mutants     cargo-mutants in .local/bin (compiles for minutes)
#   deploy      tools to build for and deploy to AWS, in .local/venv-deploy (cargo-lambda, zig, SAM, AWS CLI)
#   docker      a Docker engine, which is not started, and BusyBox for an image of our own
#   lint        tools that check templates, in .local/venv-lint (cfn-lint, checkov, moto)
#   schema      schemathesis, which checks the API against its document, in .local/venv-schema
#   mongo-rust  SecantusDB's faster Rust server in .local/bin (compiles for ten minutes)
#
# System packages need root or a sudo that asks for no password; without either, the command to run is
# printed. No system service is started: the shop runs servers of its own, see tools/local. A second run
# finds everything and takes no time. The exit code is 1 if something is still missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

SECANTUS_PYTHON=0.7.0b3
SECANTUS_RUST=0.5.3-beta.196
CARGO_DENY=0.20.2
CARGO_LAMBDA=1.9.2
CARGO_MUTANTS=27.1.0
ZIG=0.17.1
SAM=1.170.0
AWS_CLI=1.46.3
CFN_LINT=1.58.0
CHECKOV=3.3.30
MOTO=5.2.5
SCHEMATHESIS=4.32.5
LIGHTHOUSE=12.8.2 # the last major version for Node 20
NODE_LEAST=20  # the oldest major version that the storefront's tools support
NODE_OWN=22    # the one installed in .local if the system's is older

ROOM_MEGABYTES=2000 # the largest part, deploy or lint, takes 1.4 GB

BUILD_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/shop-tools
missing=()

say() { printf 'install: %s\n' "$*"; }
lacking() {
  missing+=("$1")
  say "could not install $1. To install it yourself: $2"
}
have() { command -v "$1" >/dev/null 2>&1; }

# Programs of PostgreSQL are not in PATH on Debian.
have_postgres() {
  local bin
  for bin in /usr/lib/postgresql/*/bin/initdb; do
    [ -x "$bin" ] && return
  done
  have initdb
}
have_redis() { have redis-server || have valkey-server || [ -x /usr/sbin/redis-server ]; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo -n "$@"
  fi
}
can_be_root() { [ "$(id -u)" -eq 0 ] || { have sudo && sudo -n true 2>/dev/null; }; }

# install_packages PACKAGE... : quietly, and without starting a service.
apt_lists=stale
install_packages() {
  local sudo=''
  [ "$(id -u)" -eq 0 ] || sudo='sudo '
  if ! have apt-get; then
    lacking "$*" "this is not a Debian system; install them with its package manager"
    return 1
  fi
  if ! can_be_root; then
    lacking "$*" "${sudo}apt-get update && ${sudo}apt-get install -y $*"
    return 1
  fi
  say "system packages: $*"
  if [ "$apt_lists" = stale ]; then
    as_root apt-get update -q >/dev/null || say "apt-get update failed; trying with the existing lists"
    apt_lists=fresh
  fi
  keep_services_down
  local status=0
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" </dev/null >/dev/null || status=$?
  let_services_be
  if [ "$status" -ne 0 ]; then
    lacking "$*" "${sudo}apt-get install -y $*"
    return 1
  fi
}

# Debian's packages create a cluster and start what they install. Our servers are private to the checkout.
POLICY=/usr/sbin/policy-rc.d
policy_is_ours=no
keep_services_down() {
  if [ ! -e "$POLICY" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
    policy_is_ours=yes
  fi
  if ! have_postgres && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    as_root mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.d/no-main-cluster.conf >/dev/null
  fi
}
let_services_be() {
  if [ "$policy_is_ours" = yes ]; then
    as_root rm -f "$POLICY"
    policy_is_ours=no
  fi
}
trap let_services_be EXIT

part_stores() {
  local packages=()
  have_postgres || packages+=(postgresql)
  have_redis || packages+=(redis-server)
  have setpriv || packages+=(util-linux)
  if [ "${#packages[@]}" -gt 0 ] && install_packages "${packages[@]}"; then
    if [[ " ${packages[*]} " == *" redis-server "* ]] && [ -d /run/systemd/system ]; then
      as_root systemctl disable -q redis-server || say "redis-server may start at boot; the shop does not need that"
    fi
  fi
  have mongod || [ -x .local/bin/secantusd-rs ] || secantus_python
}

# A complete environment has the marker; an interrupted one is created again.
secantus_python() {
  python_tools mongo "$SECANTUS_PYTHON" "SecantusDB $SECANTUS_PYTHON (speaks MongoDB's protocol)" --pre "SecantusDB==$SECANTUS_PYTHON"
}

# python_tools NAME VERSION WHAT PIP-ARGUMENT... : an environment of its own in .local/venv-NAME.
python_tools() {
  local venv=.local/venv-$1 marker=.local/venv-$1/.installed-$2 what=$3
  shift 3
  [ -e "$marker" ] && return
  local by_hand="python3 -m venv $venv && $venv/bin/pip install $*"
  if ! have python3 || ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    install_packages python3 python3-venv || return 0
  fi
  say "$what in $venv"
  rm -rf "$venv"
  mkdir -p .local
  if python3 -m venv "$venv" && "$venv/bin/pip" install -q --disable-pip-version-check "$@"; then
    touch "$marker"
  else
    lacking "$what" "$by_hand"
  fi
}

part_deploy() {
  python_tools deploy "$CARGO_LAMBDA-$ZIG-$SAM-$AWS_CLI" 'cargo-lambda, zig, SAM and the AWS CLI' \
    "cargo-lambda==$CARGO_LAMBDA" "ziglang==$ZIG" "aws-sam-cli==$SAM" "awscli==$AWS_CLI"
}
# scripts/with-docker.sh starts the engine. Newer releases have its command in a package of its own.
part_docker() {
  local packages=()
  have dockerd || packages+=(docker.io)
  have ip || packages+=(iproute2)
  have busybox || packages+=(busybox-static)
  if ! have docker && have apt-cache && apt-cache policy docker-cli 2>/dev/null | grep -q 'Candidate: [0-9]'; then
    packages+=(docker-cli)
  fi
  [ "${#packages[@]}" -gt 0 ] || return 0
  install_packages "${packages[@]}" || return 0
  if [[ " ${packages[*]} " == *" docker.io "* ]] && [ -d /run/systemd/system ]; then
    as_root systemctl disable -q docker.socket docker || say "Docker may start at boot; the rehearsal does not need that"
  fi
}
part_lint() {
  python_tools lint "$CFN_LINT-$CHECKOV-$MOTO" 'cfn-lint, checkov and moto' \
    "cfn-lint==$CFN_LINT" "checkov==$CHECKOV" "moto[server]==$MOTO" aws-sam-translator
}

part_schema() {
  python_tools schema "$SCHEMATHESIS" "schemathesis $SCHEMATHESIS" "schemathesis==$SCHEMATHESIS"
}

part_rust() {
  local packages=()
  have cc && have make || packages+=(build-essential)
  have cmake || packages+=(cmake)
  have pkg-config || packages+=(pkg-config)
  [ "${#packages[@]}" -eq 0 ] || install_packages "${packages[@]}" || true
  if have cargo || [ -x "$HOME/.cargo/bin/cargo" ]; then
    have cargo || say "cargo is in $HOME/.cargo/bin, which is not in PATH: . $HOME/.cargo/env"
    return
  fi
  local by_hand='install rustup as https://rustup.rs says, then: rustup toolchain install stable'
  if ! have rustup && have apt-cache && apt-cache policy rustup | grep -q 'Candidate: [0-9]'; then
    install_packages rustup || return 0
  fi
  if ! have rustup; then
    lacking Rust "$by_hand"
    return
  fi
  say 'Rust, through rustup'
  rustup toolchain install stable --profile default || lacking Rust "$by_hand"
}

node_major() { "$1" --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/'; }
part_node() {
  local own=.local/node/node_modules/.bin/node
  if ! have node || ! have npm; then
    install_packages nodejs npm || return 0
    hash -r
  fi
  [ "$(node_major "$(type -P node)")" -ge "$NODE_LEAST" ] && return
  [ -x "$own" ] && [ "$(node_major "$own")" -ge "$NODE_LEAST" ] && return
  say "Node $NODE_OWN in .local/node, because $(type -P node) is older than $NODE_LEAST; put $(dirname "$own") first in PATH"
  mkdir -p .local/node
  npm install --silent --no-audit --no-fund --prefix .local/node "node@$NODE_OWN" ||
    lacking "Node $NODE_OWN" "npm install --prefix .local/node node@$NODE_OWN"
}

part_chromium() {
  have chromium || have chromium-browser || install_packages chromium || true
}

# Not one of the storefront's packages: it brings 200 more, and only `make lighthouse` needs it.
part_lighthouse() {
  local folder=.local/lighthouse marker=.local/lighthouse/.installed-$LIGHTHOUSE
  [ -e "$marker" ] && return
  say "Lighthouse $LIGHTHOUSE in $folder"
  mkdir -p "$folder"
  if npm install --silent --no-audit --no-fund --prefix "$folder" "lighthouse@$LIGHTHOUSE"; then
    touch "$marker"
  else
    lacking "Lighthouse $LIGHTHOUSE" "npm install --prefix $folder lighthouse@$LIGHTHOUSE"
  fi
}

# cargo_tool CRATE VERSION PROGRAM [OPTION...] : into .local/bin, compiled outside the checkout.
cargo_tool() {
  local crate=$1 version=$2 program=$3
  shift 3
  local marker=.local/bin/.$program-$version
  [ -x ".local/bin/$program" ] && [ -e "$marker" ] && return
  if ! have cargo; then
    lacking "$crate" "first Rust: scripts/install.sh rust"
    return
  fi
  say "$crate $version in .local/bin; compiling takes a few minutes"
  if CARGO_TARGET_DIR=$BUILD_CACHE/$crate cargo install "$crate" --version "$version" --locked --root .local --force "$@"; then
    touch "$marker"
  else
    lacking "$crate" "cargo install $crate --version $version --locked --root .local $*"
  fi
}

[ "$#" -gt 0 ] || set -- stores rust
for part in "$@"; do
  case $part in
    stores) part_stores ;;
    rust) part_rust ;;
    node) part_node ;;
    deploy) part_deploy ;;
    docker) part_docker ;;
    lint) part_lint ;;
    schema) part_schema ;;
    chromium) part_chromium ;;
    lighthouse) part_lighthouse ;;
    deny) cargo_tool cargo-deny "$CARGO_DENY" cargo-deny ;;
    mutants) cargo_tool cargo-mutants "$CARGO_MUTANTS" cargo-mutants ;;
    # Optimized across crates, as its own profile asks for, it takes many times as long.
    mongo-rust)
      CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=2 \
        cargo_tool secantus-mdb "$SECANTUS_RUST" secantusd-rs --ignore-rust-version
      ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}" ;;
    *)
      say "no such part: $part (stores, rust, node, chromium, lighthouse, deploy, docker, lint, schema, deny, mutants, mongo-rust)"
      exit 2
      ;;
  esac
done
if [ "${#missing[@]}" -gt 0 ]; then
  say "still missing: ${missing[*]}"
  # A full disk fails in many ways, and most of them do not say why.
  free=$(df -Pm . | awk 'END { print $4 }')
  [ "$free" -ge "$ROOM_MEGABYTES" ] || say "this disk has $free MB left, which may be the cause"
  exit 1
fi
