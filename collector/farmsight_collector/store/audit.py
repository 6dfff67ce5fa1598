"""Who changed what, when. Rows are only ever added here; retention removes old ones."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
    return _rows(connection, _all().limit(limit))


def of_agents(connection: Connection, farm: str, begin: datetime, end: datetime, limit: int) -> list[AuditRow]:
    """Return what was done to agents of a farm within (begin, end], newest first."""
    here = (
        select(schema.agents.c.id)
        .join(schema.servers, schema.servers.c.id == schema.agents.c.server_id)
        .join(schema.farms, schema.farms.c.id == schema.servers.c.farm_id)
        .where(schema.farms.c.name == farm)
    )
    query = _all().where(_columns.at > micros(begin), _columns.at <= micros(end), _columns.target.in_(here))
    return _rows(connection, query.where(_columns.action.startswith("agent.")).limit(limit))


def matching(
    connection: Connection,
    *,
    begin: datetime | None = None,
    end: datetime | None = None,
    actor: str = "",
    action: str = "",
    text: str = "",
    skip: int = 0,
    limit: int = 100,
) -> list[AuditRow]:
    """Return rows within (begin, end], newest first; texts are contained, in any case, and `action` begins it."""
    query = _all()
    if begin is not None:
        query = query.where(_columns.at > micros(begin))
    if end is not None:
        query = query.where(_columns.at <= micros(end))
    if actor:
        query = query.where(_columns.actor.icontains(actor, autoescape=True))
    if action:
        query = query.where(_columns.action.istartswith(action, autoescape=True))
    if text:
        query = query.where(
            _columns.target.icontains(text, autoescape=True) | _columns.detail.icontains(text, autoescape=True)
        )
    return _rows(connection, query.offset(skip).limit(limit))


def _all() -> Any:  # noqa: ANN401 - a Select of five columns
    return select(_columns.at, _columns.actor, _columns.action, _columns.target, _columns.detail).order_by(
        _columns.at.desc(), _columns.id.desc()
    )


def _rows(connection: Connection, query: Any) -> list[AuditRow]:  # noqa: ANN401 - a Select
    return [
        AuditRow(at=moment(r.at), actor=r.actor, action=r.action, target=r.target, detail=r.detail)
        for r in connection.execute(query)
    ]
