#!/bin/sh
HOME_OF=/usr/lib/farmsight-agent
. "$HOME_OF/python.sh"
[ -n "$python" ] || { echo "farmsight-agent: no Python from 3.11 to 3.14 in /usr/bin: apt install python3.11" >&2; exit 2; }
exec "$python" -I -m farmsight_agent.cli "$@"
