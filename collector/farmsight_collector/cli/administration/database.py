"""`db upgrade`, `db backup`, `db prune`, `db accept-ca`."""

from pathlib import Path

from farmsight_collector.cli.administration import database_copy
from farmsight_collector.cli.administration.verb import Call, Subparsers, add
from farmsight_collector.folder import open_folder
from farmsight_collector.store import audit, ca
from farmsight_collector.store.backup import backup
from farmsight_collector.store.retention import prune


def register(verbs: Subparsers) -> None:
    """Add the verbs."""
    add(
        verbs,
        "upgrade",
        _upgrade,
        "bring the store to the schema of this version",
        "serve does this by itself when it starts; the verb is for doing it beforehand.",
    )
    parser = add(
        verbs,
        "backup",
        _backup,
        "write a copy of the store, while serve runs",
        "The copy is whole and as of one instant. Keep ca.key and ca.crt with it: without them\n"
        "every agent must be enrolled anew; `farmsight-collector backup` takes all of it at once.\n"
        "Of a PostgreSQL it makes none, and says the pg_dump that does.\n\n"
        "  farmsight-collector db backup /backup/store-2026-11-23.db",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a new file")
    add(
        verbs,
        "prune",
        _prune,
        "remove what is older than the retention in collector.toml",
        "serve does this by itself once an hour; of several on one PostgreSQL, one does. The rows are\n"
        "gone at once, the disk space is used again; PostgreSQL's own autovacuum sees to that.",
    )
    database_copy.register(verbs)
    add(
        verbs,
        "accept-ca",
        _accept_ca,
        "let the database belong to the CA of this data folder",
        "Agents that trust the CA before it must be enrolled anew. Needed after the CA was changed\n"
        "on purpose; where the folder is the wrong one, take ca.key and ca.crt of another replica.",
    )


def _upgrade(call: Call) -> int:
    opened = call.open()  # opening migrates
    opened.store.close()
    call.show("db", {"state": "upgraded"}, ("the store has the schema of this version",))
    return 0


def _backup(call: Call) -> int:
    opened = call.open()
    file: Path = call.arguments.file
    size = backup(opened.store, file)
    opened.store.close()
    call.show("db", {"file": str(file), "bytes": size}, (f"{file}: {size} bytes",))
    return 0


def _accept_ca(call: Call) -> int:
    opened = open_folder(call.data, any_ca=True)
    at, fingerprint = call.clock.now(), opened.authority.fingerprint
    with opened.store.write() as connection:
        ca.replace(connection, fingerprint, at)
        audit.note(
            connection, at=at, actor=call.operator, action="db.accept-ca", target="store", detail=fingerprint.hex()
        )
    opened.store.close()
    call.show("db", {"ca_sha256": fingerprint.hex()}, (f"the database is of the CA with SHA-256 {fingerprint.hex()}",))
    return 0


def _prune(call: Call) -> int:
    opened = call.open()
    at = call.clock.now()
    removed = prune(opened.store, opened.config.retention.retention, at)
    detail = ", ".join(f"{count} {table}" for table, count in removed.items() if count) or "nothing was old enough"
    with opened.store.write() as connection:
        audit.note(connection, at=at, actor=call.operator, action="db.prune", target="store", detail=detail)
    opened.store.close()
    call.show("db", {"removed": removed}, (detail,))
    return 0
