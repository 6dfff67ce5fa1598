#!/bin/sh
HOME_OF=/usr/lib/farmsight-collector
. "$HOME_OF/python.sh"
[ -n "$python" ] || { echo "farmsight-collector: no Python from 3.11 to 3.14 in /usr/bin: apt install python3.11" >&2; exit 2; }
: "${FARMSIGHT_DATA:=/var/lib/farmsight-collector}"
export FARMSIGHT_DATA
set -- "$python" -I -c 'import sys; from farmsight_collector.cli.entry import farmsight_collector; sys.exit(farmsight_collector())' "$@"
# What root would write here, the service could not read: its folder is worked on as its account.
if [ "$(id -u)" = 0 ] && [ "$FARMSIGHT_DATA" = /var/lib/farmsight-collector ]; then
  exec runuser -u farmsight-collector -- "$@"
fi
exec "$@"
