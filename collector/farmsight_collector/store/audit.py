"""Who changed what, when. Rows are only ever added here; retention removes old ones."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros, moment
from farmsight_collector.store import schema
from farmsight_collector.store.rows import storable

_columns = schema.audit.c


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    """One thing done: by whom (`actor`), what (`action`, e.g. "token.create"), to what (`target`)."""

    at: datetime
    actor: str
    action: str
    target: str
    detail: str


def note(connection: Connection, *, at: datetime, actor: str, action: str, target: str, detail: str = "") -> None:
    """Add one row, in the transaction of the change that it speaks of."""
    connection.execute(
        schema.audit.insert().values(
            at=micros(at),
            actor=storable(actor),
            action=storable(action),
            target=storable(target),
            detail=storable(detail),
        )
    )


def entries(connection: Connection, limit: int = 1000) -> list[AuditRow]:
    """Return the newest rows, newest first."""
    query = (
        select(_columns.at, _columns.actor, _columns.action, _columns.target, _columns.detail)
        .order_by(_columns.id.desc())
        .limit(limit)
    )
    return [
        AuditRow(at=moment(r.at), actor=r.actor, action=r.action, target=r.target, detail=r.detail)
        for r in connection.execute(query)
    ]
