#!/bin/sh
# Writes one backup of collectors on PostgreSQL: a dump of the database, and the secrets that agents and people trust.
# Runs in an image that has pg_dump, of the server's version or newer; the collectors need not stop.
#
#   FARMSIGHT_SECRETS  folder with ca.key, ca.crt, query-token, database-url   (/run/secrets)
#   FARMSIGHT_BACKUP   folder to write to, on another disk than the database   (/backup)
#   FARMSIGHT_KEEP     how many backups stay                                    (14)
set -eu
umask 077 # it holds the CA's key: whoever has it can pass for the collectors
secrets=${FARMSIGHT_SECRETS:-/run/secrets}
to=${FARMSIGHT_BACKUP:-/backup}
keep=${FARMSIGHT_KEEP:-14}
case $keep in "" | *[!0-9]* | 0) echo "FARMSIGHT_KEEP is a number from 1, not '$keep'" >&2; exit 2 ;; esac
work=$to/.farmsight-backup
rm -rf "$work" # of one that was killed
mkdir "$work"
trap 'rm -rf "$work"' EXIT
# The collectors' URL as PostgreSQL's own tools take it: without the driver, and without what only they understand.
url=$(sed -e 's/^postgresql+psycopg:/postgresql:/' -e 's/pooler=[^&]*&//' -e 's/[?&]pooler=[^&]*$//' "$secrets/database-url")
pg_dump --format=custom --no-owner --no-privileges --file "$work/database.pgdump" --dbname "$url"
pg_restore --list "$work/database.pgdump" >/dev/null # it can be read again
for name in ca.key ca.crt query-token; do cat "$secrets/$name" > "$work/$name"; done
file=farmsight-postgresql-$(date -u +%Y%m%dT%H%M%SZ).tar
tar -C "$work" -cf "$work/part" database.pgdump ca.key ca.crt query-token
sync "$work/part" 2>/dev/null || sync
mv "$work/part" "$to/$file" # under its name stands a whole one
for old in $(ls "$to" | grep -E '^farmsight-postgresql-[0-9]{8}T[0-9]{6}Z\.tar$' | sort -r | tail -n "+$((keep + 1))"); do
  rm "$to/$old"
done
echo "$to/$file: $(wc -c < "$to/$file") bytes, not encrypted"
