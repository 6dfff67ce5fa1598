"""Acknowledgements of findings: who takes care of what, until when; and what ended them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros, moment
from farmsight_collector.store import schema
from farmsight_collector.store.rows import storable

_columns = schema.acknowledgements.c


@dataclass(frozen=True, kw_only=True)
class AcknowledgementRow:
    """One acknowledgement; `ended_why` is expired, worsened, closed, withdrawn or replaced."""

    id: int
    finding: str
    title: str
    actor: str
    note: str
    made: datetime
    until: datetime
    ended: datetime | None
    ended_why: str


def add(
    connection: Connection,
    *,
    farm_id: int,
    finding: str,
    title: str,
    actor: str,
    note: str,
    at: datetime,
    until: datetime,
) -> None:
    """Add an acknowledgement; one that is in force ends as replaced."""
    end(connection, farm_id, finding, at, "replaced")
    connection.execute(
        schema.acknowledgements.insert().values(
            farm_id=farm_id,
            finding=finding,
            title=storable(title, 500),
            actor=storable(actor, 200),
            note=storable(note, 2000),
            made=micros(at),
            until=micros(until),
        )
    )


def end(connection: Connection, farm_id: int, finding: str, at: datetime, why: str) -> bool:
    """End the acknowledgement of a finding; False when none is in force."""
    done = connection.execute(
        update(schema.acknowledgements)
        .where(_columns.farm_id == farm_id, _columns.finding == finding, _columns.ended.is_(None))
        .values(ended=micros(at), ended_why=why)
    )
    return done.rowcount > 0


def in_force(connection: Connection, farm: str, at: datetime) -> list[AcknowledgementRow]:
    """Return the acknowledgements of a farm that were in force at an instant, by when they end."""
    instant = micros(at)
    query = _of(farm).where(
        _columns.made <= instant,
        _columns.until > instant,
        or_(_columns.ended.is_(None), _columns.ended > instant),
    )
    return _rows(connection, query.order_by(_columns.until))


def newest(connection: Connection, farm: str, limit: int = 100) -> list[AcknowledgementRow]:
    """Return the newest acknowledgements of a farm, ended ones too, newest first."""
    return _rows(connection, _of(farm).order_by(_columns.id.desc()).limit(limit))


def _of(farm: str) -> Any:  # noqa: ANN401 - a Select of all columns
    joined = select(schema.acknowledgements).join(schema.farms, schema.farms.c.id == _columns.farm_id)
    return joined.where(schema.farms.c.name == farm)


def _rows(connection: Connection, query: Any) -> list[AcknowledgementRow]:  # noqa: ANN401 - a Select
    return [
        AcknowledgementRow(
            id=row.id,
            finding=row.finding,
            title=row.title,
            actor=row.actor,
            note=row.note,
            made=moment(row.made),
            until=moment(row.until),
            ended=None if row.ended is None else moment(row.ended),
            ended_why=row.ended_why,
        )
        for row in connection.execute(query)
    ]
