"""Maintenance windows: of which servers alerts are held back, from when until when."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros, moment
from farmsight_collector.store import schema
from farmsight_collector.store.rows import storable

_columns = schema.maintenance_windows.c


@dataclass(frozen=True, kw_only=True)
class WindowRow:
    """One window; without servers it is of the whole farm."""

    id: int
    farm: str
    servers: tuple[str, ...]
    begins: datetime
    ends: datetime
    actor: str
    note: str
    made: datetime
    ended_by: str = ""  # who ended it before its time

    def covers(self, servers: Collection[str]) -> bool:
        """Tell whether all of these servers are in maintenance; no servers are the farm as a whole."""
        mine = {name.lower() for name in self.servers}
        return not mine or (bool(servers) and {name.lower() for name in servers} <= mine)


def add(
    connection: Connection,
    *,
    farm_id: int,
    servers: Sequence[str],
    begins: datetime,
    ends: datetime,
    actor: str,
    note: str,
    at: datetime,
) -> int:
    """Add a window and return its number."""
    made = connection.execute(
        schema.maintenance_windows.insert().values(
            farm_id=farm_id,
            servers=json.dumps(sorted(set(servers))),
            begins=micros(begins),
            ends=micros(ends),
            actor=storable(actor, 200),
            note=storable(note, 2000),
            made=micros(at),
        )
    )
    assert made.inserted_primary_key is not None  # a numbered row
    return int(made.inserted_primary_key[0])


def end(connection: Connection, window: int, at: datetime, actor: str) -> WindowRow | None:
    """End a window now, or call one off that has not begun; None when there is none that could be ended."""
    instant = micros(at)
    query = _all().where(_columns.id == window, _columns.ends > instant)
    found = connection.execute(query).one_or_none()
    if found is None:
        return None
    connection.execute(
        update(schema.maintenance_windows)
        .where(_columns.id == window)
        .values(begins=min(instant, found.begins), ends=instant, ended_by=storable(actor, 200))
    )
    return _window(connection.execute(_all().where(_columns.id == window)).one())


def in_force(connection: Connection, farm_id: int, at: datetime) -> list[WindowRow]:
    """Return the windows of a farm that an instant lies in."""
    instant = micros(at)
    query = _all().where(_columns.farm_id == farm_id, _columns.begins <= instant, _columns.ends > instant)
    return [_window(row) for row in connection.execute(query.order_by(_columns.ends))]


def windows(
    connection: Connection, farm: str | None = None, since: datetime | None = None, limit: int = 100
) -> list[WindowRow]:
    """Return windows, those that end last first; with `since` those that end later."""
    query = _all()
    if farm is not None:
        query = query.where(schema.farms.c.name == farm)
    if since is not None:
        query = query.where(_columns.ends > micros(since))
    return [_window(row) for row in connection.execute(query.order_by(_columns.ends.desc()).limit(limit))]


def _all() -> Any:  # noqa: ANN401 - a Select of all columns
    return select(schema.maintenance_windows, schema.farms.c.name.label("farm")).join(
        schema.farms, schema.farms.c.id == _columns.farm_id
    )


def _window(row: Row[Any]) -> WindowRow:
    return WindowRow(
        id=row.id,
        farm=row.farm,
        servers=tuple(json.loads(row.servers)),
        begins=moment(row.begins),
        ends=moment(row.ends),
        actor=row.actor,
        note=row.note,
        made=moment(row.made),
        ended_by=row.ended_by,
    )
