#!/bin/sh
# System packages that some tiers of the tests use. Installed where that is
# allowed (Debian or Ubuntu, as root); else the tests say which tiers did not run.
set -eu
missing=""
[ -n "$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ] || missing="$missing postgresql"
command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
command -v nginx >/dev/null 2>&1 || missing="$missing nginx-light"
command -v haproxy >/dev/null 2>&1 || missing="$missing haproxy"
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && browser=$name
done
[ -n "${browser-}" ] || missing="$missing chromium"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing for the tests:$missing"
  export DEBIAN_FRONTEND=noninteractive
  # services of these packages are not wanted, only their programs
  mkdir -p /usr/sbin
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  apt-get -q -q update || true
  # shellcheck disable=SC2086 # a list of words
  apt-get -q -q install -y --no-install-recommends $missing >/dev/null || echo "could not install:$missing"
else
  echo "not installed (needs root on Debian or Ubuntu):$missing"
fi
