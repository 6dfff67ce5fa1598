#!/bin/sh
# Compiles what is installed for every Python that is there: the services may not write here.
HOME_OF=$(dirname "$0")
for python in "$HOME_OF"/bin/python3.*; do
  [ -x "$python" ] || continue
  "$python" -I -m compileall -q -j 1 "$HOME_OF/lib/common" "$HOME_OF/lib/${python##*/}" || true
done
