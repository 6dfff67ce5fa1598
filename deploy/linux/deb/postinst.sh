#!/bin/sh
set -e
if [ "$1" = triggered ] || [ "$1" = configure ]; then
  /usr/lib/@NAME@/compile.sh
fi
if [ "$1" = configure ]; then
@SETUP@
fi
if [ "$1" = configure ] || [ "$1" = abort-upgrade ] || [ "$1" = abort-deconfigure ] || [ "$1" = abort-remove ]; then
  deb-systemd-helper unmask @NAME@.service >/dev/null || true
  if deb-systemd-helper --quiet was-enabled @NAME@.service; then
    deb-systemd-helper enable @NAME@.service >/dev/null || true
  else
    deb-systemd-helper update-state @NAME@.service >/dev/null || true
  fi
fi
# Before it is set up the unit's condition says no; afterwards a newer version takes over here.
if [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
  if [ "$1" = triggered ]; then
    deb-systemd-invoke try-restart @NAME@.service >/dev/null || true
  elif [ -n "$2" ]; then
    deb-systemd-invoke restart @NAME@.service >/dev/null || true
  else
    deb-systemd-invoke start @NAME@.service >/dev/null || true
  fi
fi
