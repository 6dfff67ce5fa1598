#!/bin/sh
# Starts one replica: makes its data folder from mounted secrets when it has none, then serves.
#
#   FARMSIGHT_SECRETS  folder with ca.key, ca.crt, query-token, database-url   (/run/secrets)
#   FARMSIGHT_NAMES    names that agents and people reach the collector by, separated by spaces
#   FARMSIGHT_FARMS    federation service names that servers may be enrolled into; empty: any
#   FARMSIGHT_ENROLMENT  ADDRESS:PORT of a port of its own for servers with a join token; empty: 7443 alone
#   FARMSIGHT_REPLICA  what people call this replica; empty: the host name
set -eu
secrets=${FARMSIGHT_SECRETS:-/run/secrets}
data=${FARMSIGHT_DATA:-/data}

# Made anew at each start: the secrets and the settings are what is mounted now, and nothing else here is worth keeping.
rm -f "$data/collector.toml"
set --
for name in ${FARMSIGHT_NAMES:-}; do set -- "$@" --name "$name"; done
for farm in ${FARMSIGHT_FARMS:-}; do set -- "$@" --farm "$farm"; done
farmsight-collector init --data "$data" --join "$secrets" --database "file:$secrets/database-url" \
  --telemetry 0.0.0.0:7443 --enrolment "${FARMSIGHT_ENROLMENT:-off}" --query 0.0.0.0:7445 --web 0.0.0.0:7446 "$@" >/dev/null
printf '\n[replicas]\nname = "%s"\n' "${FARMSIGHT_REPLICA:-$(hostname)}" >> "$data/collector.toml"
if [ -n "${FARMSIGHT_SETTINGS:-}" ]; then cat "$FARMSIGHT_SETTINGS" >> "$data/collector.toml"; fi
exec farmsight-collector serve --data "$data"
