#!/bin/sh
HOME_OF=/usr/lib/farmsight-collector
. "$HOME_OF/python.sh"
[ -n "$python" ] || { echo "farmsight: no Python from 3.11 to 3.14 in /usr/bin: apt install python3.11" >&2; exit 2; }
# The collector of this machine, for whoever may read its folder; others name one with --collector.
: "${FARMSIGHT_DATA:=/var/lib/farmsight-collector}"
export FARMSIGHT_DATA
exec "$python" -I -c 'import sys; from farmsight_collector.cli.entry import farmsight; sys.exit(farmsight())' "$@"
