"""Lapsed agents that ask to come back, and what operators decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection, Row

from farmsight_collector.clock import micros, moment
from farmsight_collector.store import schema
from farmsight_collector.store.rows import insert_missing

_columns = schema.recoveries.c


@dataclass(frozen=True, kw_only=True)
class RecoveryRow:
    """One request; `state` is pending, approved or refused."""

    id: int
    agent_id: str
    csr_der: bytes
    public_key_sha256: bytes
    asked: datetime
    state: str
    decided: datetime | None
    decided_by: str


def add_recovery(
    connection: Connection, *, agent_id: str, csr_der: bytes, public_key_sha256: bytes, at: datetime
) -> RecoveryRow:
    """Note a request, and return it with its state; asking again for the same key is the same request."""
    asked = {
        "agent_id": agent_id,
        "csr_der": csr_der,
        "public_key_sha256": public_key_sha256,
        "asked": micros(at),
        "state": "pending",
    }
    insert_missing(connection, schema.recoveries, [asked])
    query = _all().where(_columns.agent_id == agent_id, _columns.public_key_sha256 == public_key_sha256)
    return _recovery(connection.execute(query).one())


def decide_recovery(connection: Connection, recovery_id: int, *, approve: bool, by: str, at: datetime) -> bool:
    """Decide a pending request; False when it is not pending (any more)."""
    done = connection.execute(
        update(schema.recoveries)
        .where(_columns.id == recovery_id, _columns.state == "pending")
        .values(state="approved" if approve else "refused", decided=micros(at), decided_by=by)
    )
    return done.rowcount == 1


def recoveries(connection: Connection, state: str | None = None) -> list[RecoveryRow]:
    """Return requests, oldest first, all or those in one state."""
    query = _all().order_by(_columns.asked, _columns.id)
    if state is not None:
        query = query.where(_columns.state == state)
    return [_recovery(row) for row in connection.execute(query)]


def _all() -> Any:  # noqa: ANN401 - a Select of eight columns
    return select(
        _columns.id,
        _columns.agent_id,
        _columns.csr_der,
        _columns.public_key_sha256,
        _columns.asked,
        _columns.state,
        _columns.decided,
        _columns.decided_by,
    )


def _recovery(row: Row[Any]) -> RecoveryRow:
    return RecoveryRow(
        id=row.id,
        agent_id=row.agent_id,
        csr_der=bytes(row.csr_der),
        public_key_sha256=bytes(row.public_key_sha256),
        asked=moment(row.asked),
        state=row.state,
        decided=None if row.decided is None else moment(row.decided),
        decided_by=row.decided_by,
    )
