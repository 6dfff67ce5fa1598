"""Bytes stored once by their SHA-256, and those that agents are still to send."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.store import schema
from farmsight_collector.store.rows import chunks, insert_missing

MENTION_EVERY: Final = timedelta(hours=12)
_columns = schema.blobs.c
_wanted = schema.wanted_blobs.c


def put(connection: Connection, sha256: bytes, data: bytes, at: datetime) -> None:
    """Store bytes under their hash; nobody is asked for them any more.

    Raises InvalidRequestError when they are not what the hash says.
    """
    if hashlib.sha256(data).digest() != sha256:
        raise InvalidRequestError(f"blob {sha256.hex()}: the bytes have another SHA-256")
    row = {"sha256": sha256, "size": len(data), "data": data, "added": micros(at)}
    insert_missing(connection, schema.blobs, [row])
    connection.execute(delete(schema.wanted_blobs).where(_wanted.sha256 == sha256))


def get(connection: Connection, sha256: bytes) -> bytes | None:
    """Return the bytes with this hash, None while they are not here."""
    data = connection.scalar(select(_columns.data).where(_columns.sha256 == sha256))
    return None if data is None else bytes(data)


def missing(connection: Connection, hashes: Collection[bytes]) -> set[bytes]:
    """Return those hashes whose bytes are not here."""
    here: set[bytes] = set()
    for some in chunks(sorted(hashes)):
        found = connection.scalars(select(_columns.sha256).where(_columns.sha256.in_(some)))
        here.update(bytes(sha256) for sha256 in found)
    return set(hashes) - here


def mention(connection: Connection, hashes: Collection[bytes], at: datetime) -> None:
    """Note that a new fact names these bytes, so that they are not swept away as forgotten."""
    for some in chunks(sorted(hashes)):
        statement = update(schema.blobs).where(_columns.sha256.in_(some))
        connection.execute(statement.where(_columns.added < micros(at - MENTION_EVERY)).values(added=micros(at)))


def want(connection: Connection, server_id: int, hashes: Iterable[bytes]) -> None:
    """Remember that a server's facts name these bytes and that they are to be asked for."""
    rows = [{"server_id": server_id, "sha256": sha256} for sha256 in sorted(set(hashes))]
    insert_missing(connection, schema.wanted_blobs, rows)


def wanted(connection: Connection, server_id: int) -> list[bytes]:
    """Return the hashes that are still to be asked for, e.g. after a server's agent came back."""
    query = select(_wanted.sha256).where(_wanted.server_id == server_id).order_by(_wanted.sha256)
    return [bytes(sha256) for sha256 in connection.scalars(query)]


def unwant(connection: Connection, server_id: int, sha256: bytes) -> None:
    """Give up on bytes that a server can't send."""
    connection.execute(delete(schema.wanted_blobs).where(_wanted.server_id == server_id, _wanted.sha256 == sha256))
