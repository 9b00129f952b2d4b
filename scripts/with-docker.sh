#!/usr/bin/env bash
# Runs a command with a Docker engine: the one that responds here, otherwise one of its own, for as long
# as commands use it.
#
#   scripts/with-docker.sh COMMAND [ARGUMENT...]
#
# An engine of its own needs root and Debian's docker.io, which is installed if that is allowed. It does
# not change the machine's firewall or routing, so its containers reach this machine and nothing else,
# and listens on a socket of its own. Its images stay in .local/docker. The exit code is the command's,
# or 3 if no engine is available.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'with-docker: %s\n' "$*" >&2; }
[ "$#" -gt 0 ] || { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 2; }
answers() { timeout 20 docker info >/dev/null 2>&1; }

if command -v docker >/dev/null && answers; then
  exec "$@"
fi
[ "$(id -u)" -eq 0 ] || { say 'no Docker engine responds here, and only root can start one'; exit 3; }
scripts/install.sh docker >&2 || { say 'no Docker engine responds here, and none could be installed'; exit 3; }

# Seconds that an engine may take to start, and to stop.
START=60
END=30
data=$PWD/.local/docker
# A socket's path has a short limit; a checkout's may be long.
run=/tmp/shop-docker-$(printf %s "$PWD" | cksum | cut -d ' ' -f 1)
mkdir -p "$data"
mkdir -p -m 700 "$run"
[ -O "$run" ] || { say "$run belongs to another user"; exit 3; }
export DOCKER_HOST=unix://$run/socket

# One engine for all commands of a checkout. Each command holds a shared lock on `users`; the last one stops it.
exec 8>"$run/turn" 9>"$run/users"
start() {
  answers && return
  say "starting an engine of our own; its log is in $run/log"
  ip link show docker0 >/dev/null 2>&1 || touch "$run/bridge-is-ours"
  # Ctrl-C is for the command: the engine has to clean up after it.
  setsid dockerd --iptables=false --ip6tables=false --ip-forward=false --data-root "$data" \
    --exec-root "$run/exec" --pidfile "$run/pid" --host "$DOCKER_HOST" >"$run/log" 2>&1 8>&- 9>&- </dev/null &
  local until=$((SECONDS + START))
  until answers; do
    if ! kill -0 "$!" 2>/dev/null || [ "$SECONDS" -ge "$until" ]; then
      say 'the engine did not start:'
      tail -n 5 "$run/log" >&2
      return 1
    fi
    sleep 0.2
  done
}
stop() {
  flock 8
  # Another command is using it.
  flock --nonblock --exclusive 9 || return 0
  local pid
  pid=$(cat "$run/pid" 2>/dev/null) || return 0
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] || return 0
  kill "$pid"
  local until=$((SECONDS + END))
  while [ -d "/proc/$pid" ] && [ "$SECONDS" -lt "$until" ]; do sleep 0.2; done
  if [ -d "/proc/$pid" ]; then
    say "the engine (process $pid) does not stop"
    return 0
  fi
  if [ -e "$run/bridge-is-ours" ]; then
    ip link delete docker0 2>/dev/null || say 'the network docker0 could not be removed'
  fi
  rm -f "$run/bridge-is-ours"
}

flock 8
flock --shared 9
trap stop EXIT
start || exit 3
flock --unlock 8
status=0
# A shell's background command does not receive Ctrl-C.
trap 'kill -TERM "$child" 2>/dev/null || true' INT TERM HUP
"$@" 8>&- 9>&- &
child=$!
wait "$child" || status=$?
while kill -0 "$child" 2>/dev/null; do
  status=0
  wait "$child" || status=$?
done
exit "$status"
