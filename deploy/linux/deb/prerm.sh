#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  deb-systemd-invoke stop @NAME@.service >/dev/null || true
fi
find /usr/lib/@NAME@ -name __pycache__ -type d -prune -exec rm -rf {} +
