#!/usr/bin/env bash
# Prints SAM's options for the image of its containers.
#
#   scripts/base-image.sh
#
# AWS's own image for provided.al2023, if a registry responds or has responded before. Otherwise a small
# one of our own from this machine's C library: it shows that a function works in a container and under
# SAM, but not that it works on Amazon Linux (scripts/check-glibc.sh checks that).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'base-image: %s\n' "$*" >&2; }

machine=$(uname -m)
case $machine in
  x86_64) theirs=public.ecr.aws/lambda/provided:al2023-x86_64 ;;
  aarch64) theirs=public.ecr.aws/lambda/provided:al2023-arm64 ;;
  *) say "Lambda does not support $machine"; exit 1 ;;
esac
# Seconds that a registry may take; the image has 40 MB.
PULL=300
ours=shop-lambda

# timeout ends the client, which is enough: nothing waits for the daemon.
if docker image inspect "$theirs" >/dev/null 2>&1 || timeout "$PULL" docker pull --quiet "$theirs" >&2; then
  say "AWS's image, $theirs"
  echo --skip-pull-image
  exit
fi

say "no registry responded: using an image of our own, $ours, instead of AWS's"
root=$(mktemp -d)
trap 'rm -rf "$root" "$root.tar"' EXIT
mkdir -p "$root"/{bin,etc/ssl/certs,etc/pki/tls/certs,tmp,var/task,var/rapid,var/runtime,opt}
chmod 1777 "$root/tmp"
# The libraries of the functions, and the commands that SAM runs while it adds its emulator.
shell=$(command -v busybox) || { scripts/install.sh docker >&2; shell=$(command -v busybox); }
copy() { mkdir -p "$root$(dirname "$1")" && cp -L "$1" "$root$1"; }
cp -L "$shell" "$root/bin/busybox"
for name in sh mv chmod; do ln -s busybox "$root/bin/$name"; done
for library in $({ ldd "$shell"; ldd target/lambda/*/bootstrap; } 2>/dev/null | grep -oE '/[^ ]+\.so[^ ]*' | sort -u); do
  copy "$library"
done
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
  copy /etc/ssl/certs/ca-certificates.crt
  ln -s /etc/ssl/certs/ca-certificates.crt "$root/etc/pki/tls/certs/ca-bundle.crt"
fi
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
tar -C "$root" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$root.tar" .
contents=$(sha256sum <"$root.tar" | cut -d ' ' -f 1)
if [ "$(docker image inspect --format '{{ .Config.Labels.contents }}' "$ours:latest" 2>/dev/null)" != "$contents" ]; then
  docker import --change "LABEL contents=$contents" --change 'ENV PATH=/bin' --change 'ENV LAMBDA_TASK_ROOT=/var/task' \
    --change 'WORKDIR /var/task' "$root.tar" "$ours:latest" >/dev/null
  # Images that SAM has built from the previous one, under names of its own.
  for stale in $(docker image ls --quiet --filter "reference=$ours:rapid-*"); do docker image rm --force "$stale" >/dev/null; done
fi
echo "--skip-pull-image --invoke-image $ours:latest"
