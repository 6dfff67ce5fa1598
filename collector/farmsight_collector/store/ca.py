"""Which CA the agents of this database trust: noted by the first collector on it, held against by all others."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.store import schema
from farmsight_collector.store.rows import insert_missing

_columns = schema.authority.c
_ONLY = 1


def known(connection: Connection) -> bytes | None:
    """Return the SHA-256 of the CA certificate, None while no collector has served."""
    found = connection.scalar(select(_columns.ca_sha256).where(_columns.id == _ONLY))
    return None if found is None else bytes(found)


def note(connection: Connection, ca_sha256: bytes, at: datetime) -> bytes:
    """Note the CA unless one is noted; return the one that is. Of two at the same time, one wins."""
    insert_missing(connection, schema.authority, [{"id": _ONLY, "ca_sha256": ca_sha256, "at": micros(at)}])
    found = known(connection)
    assert found is not None  # just noted, by us or another
    return found


def replace(connection: Connection, ca_sha256: bytes, at: datetime) -> None:
    """Let the database be of another CA."""
    note(connection, ca_sha256, at)
    connection.execute(schema.authority.update().values(ca_sha256=ca_sha256, at=micros(at)))
