#!/bin/sh
# System packages that some tiers of the tests use. Installed where that is
# allowed (Debian or Ubuntu, as root); else the tests say which tiers did not run.
set -eu
missing=""
# the Windows agent's package; `sh tests/setup.sh windows-package` is for this alone
command -v msibuild >/dev/null 2>&1 && command -v msiextract >/dev/null 2>&1 || missing="$missing msitools"
command -v gcab >/dev/null 2>&1 || missing="$missing gcab"
command -v osslsigncode >/dev/null 2>&1 || missing="$missing osslsigncode"
if [ "${1-}" != windows-package ]; then
[ -n "$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ] || missing="$missing postgresql"
command -v pgbouncer >/dev/null 2>&1 || [ -x /usr/sbin/pgbouncer ] || missing="$missing pgbouncer"
command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
command -v nginx >/dev/null 2>&1 || missing="$missing nginx-light"
command -v haproxy >/dev/null 2>&1 || missing="$missing haproxy"
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && browser=$name
done
[ -n "${browser-}" ] || missing="$missing chromium"
# what the agent's retrievals are tried against: a directory, a proxy, an OCSP responder
[ -x /usr/sbin/slapd ] || missing="$missing slapd"
command -v ldapadd >/dev/null 2>&1 || missing="$missing ldap-utils"
[ -x /usr/sbin/squid ] || missing="$missing squid-openssl" # with it, one that opens TLS is tried, too
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
# what alerts are tried against
command -v prometheus-alertmanager >/dev/null 2>&1 || missing="$missing prometheus-alertmanager"
# the Windows tier: Wine for 64-bit programs, and a compiler for what stands in for the rest of Windows
[ -x /usr/lib/wine/wine64 ] || command -v wine64 >/dev/null 2>&1 || missing="$missing wine64"
command -v x86_64-w64-mingw32-gcc >/dev/null 2>&1 || missing="$missing gcc-mingw-w64-x86-64-win32"
command -v unshare >/dev/null 2>&1 || missing="$missing util-linux"
# the metrics are read, and measured against, by Prometheus itself
command -v promtool >/dev/null 2>&1 || missing="$missing prometheus"
fi
# the playbooks of deploy/ansible install packages by it, on a copy of this machine
/usr/bin/python3 -c 'import apt' 2>/dev/null || missing="$missing python3-apt"
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
  install() { apt-get -q -q install -y --no-install-recommends "$@" >/dev/null; }
  # shellcheck disable=SC2086 # a list of words
  install $missing || for name in $missing; do install "$name" || echo "could not install: $name"; done
  [ "${1-}" = windows-package ] || [ -x /usr/sbin/squid ] || install squid || true
else
  echo "not installed (needs root on Debian or Ubuntu):$missing"
fi
