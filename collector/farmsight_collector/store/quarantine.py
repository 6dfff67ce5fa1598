"""Frames that could not be taken, kept for inspection: the newest, and not more than so much of each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros, moment
from farmsight_collector.store import schema
from farmsight_collector.store.rows import storable

KEPT_FRAMES: Final = 1000
KEPT_BYTES: Final = 64 * 1024  # of each

_columns = schema.quarantine.c


@dataclass(frozen=True, kw_only=True)
class PoisonRow:
    """One refused frame; `data` is its beginning when `size` is larger."""

    at: datetime
    agent_id: str
    reason: str
    size: int
    data: bytes


def keep(connection: Connection, *, at: datetime, agent_id: str, reason: str, data: bytes) -> None:
    """Keep a frame and forget the oldest one over the bound."""
    connection.execute(
        schema.quarantine.insert().values(
            at=micros(at),
            agent_id=agent_id,
            reason=storable(reason),
            size=len(data),
            data=data[:KEPT_BYTES],
        )
    )
    newest = connection.scalar(select(func.max(_columns.id))) or 0
    connection.execute(delete(schema.quarantine).where(_columns.id <= newest - KEPT_FRAMES))


def frames(connection: Connection) -> list[PoisonRow]:
    """Return what is kept, newest first."""
    query = select(_columns.at, _columns.agent_id, _columns.reason, _columns.size, _columns.data)
    return [
        PoisonRow(at=moment(r.at), agent_id=r.agent_id, reason=r.reason, size=r.size, data=bytes(r.data))
        for r in connection.execute(query.order_by(_columns.id.desc()))
    ]
