#!/bin/sh
# Makes ./secrets, once: the collectors' CA and query token, and the database's password, which nobody has seen.
#   ./make-secrets.sh collector.contoso.com
# Needs farmsight-collector on this machine, or FARMSIGHT_IMAGE and docker (or ENGINE=podman).
set -eu
cd "$(dirname "$0")"
[ $# -gt 0 ] || { echo "usage: $0 NAME..., the names that agents reach the collector by" >&2; exit 2; }
[ ! -e secrets ] || { echo "$PWD/secrets is there already: agents trust the CA in it. It is not made anew." >&2; exit 2; }
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name; do names="${names-} --name $name"; done
# shellcheck disable=SC2086 # a list of words
if command -v farmsight-collector >/dev/null 2>&1; then
  farmsight-collector init --data "$work/made" $names >/dev/null
else
  "${ENGINE:-docker}" run --rm --network none --user "$(id -u):$(id -g)" --volume "$work:/made" --entrypoint farmsight-collector \
    "${FARMSIGHT_IMAGE:-farmsight-collector}" init --data /made/made $names >/dev/null
fi
mkdir "$work/secrets"
cp "$work/made/ca.key" "$work/made/ca.crt" "$work/made/query-token" "$work/secrets/"
# 32 bytes in hexadecimal: no character that a URL would spell otherwise
password=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
printf '%s' "$password" > "$work/secrets/postgres-password"
printf 'postgresql+psycopg://farmsight:%s@database/farmsight\n' "$password" > "$work/secrets/database-url"
# Compose hands files on as they are: the collectors' account (65532) must be able to read them, and nobody else here.
chmod 0700 "$work/secrets"
chmod 0444 "$work/secrets"/*
mv "$work/secrets" secrets
echo "made $PWD/secrets; keep a copy of ca.key and ca.crt where the backup is"
