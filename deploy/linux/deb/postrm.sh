#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
fi
if [ "$1" = remove ] && [ -x /usr/bin/deb-systemd-helper ]; then
  deb-systemd-helper mask @NAME@.service >/dev/null || true
fi
if [ "$1" = purge ]; then
  if [ -x /usr/bin/deb-systemd-helper ]; then
    deb-systemd-helper purge @NAME@.service >/dev/null || true
    deb-systemd-helper unmask @NAME@.service >/dev/null || true
  fi
  rm -rf /var/lib/@NAME@
@PURGE@
fi
