"""What alerts know of each finding, and when they are to look at it again."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.store import schema
from farmsight_collector.store.rows import chunks

_columns = schema.alert_standings.c


@dataclass(frozen=True, kw_only=True)
class StandingRow:
    """One finding as alerts know it; `state` is theirs to read."""

    farm_id: int
    finding: str
    code: str
    is_open: bool
    told: bool
    due: datetime | None
    state: str


def standings(connection: Connection, farm_id: int, findings: Collection[str]) -> dict[str, str]:
    """Return the states of these findings, of those that have one."""
    found: dict[str, str] = {}
    for some in chunks(sorted(findings)):
        query = select(_columns.finding, _columns.state).where(
            _columns.farm_id == farm_id, _columns.finding.in_(list(some))
        )
        found.update((row.finding, row.state) for row in connection.execute(query))
    return found


def told(connection: Connection, farm_id: int | None = None) -> list[tuple[int, str]]:
    """Return farm and state of everything that people think open, of one farm or of all."""
    query = select(_columns.farm_id, _columns.state).where(_columns.told)
    query = query if farm_id is None else query.where(_columns.farm_id == farm_id)
    return [(row.farm_id, row.state) for row in connection.execute(query.order_by(_columns.farm_id, _columns.finding))]


def open_of(connection: Connection, code: str) -> list[tuple[int, str]]:
    """Return farm and state of every open finding with this code."""
    query = select(_columns.farm_id, _columns.state).where(_columns.code == code, _columns.is_open)
    return [(row.farm_id, row.state) for row in connection.execute(query)]


def farms_due(connection: Connection, at: datetime) -> list[int]:
    """Return the farms in which something is to be looked at."""
    return list(connection.scalars(select(_columns.farm_id).where(_columns.due <= micros(at)).distinct()))


def due(connection: Connection, farm_id: int, at: datetime) -> list[str]:
    """Return the states of what is to be looked at in a farm."""
    query = select(_columns.state).where(_columns.farm_id == farm_id, _columns.due <= micros(at))
    return list(connection.scalars(query.order_by(_columns.finding)))


def missed(connection: Connection, farm_id: int) -> list[str]:
    """Return the findings of a farm of which alerts think otherwise than the store: open ones, and closed ones."""
    findings = schema.findings.c
    both = (_columns.farm_id == farm_id) & (_columns.finding == findings.id) & _columns.is_open
    is_open = (findings.farm_id == farm_id) & (findings.closed == schema.OPEN)
    new = select(findings.id).where(is_open, ~select(_columns.finding).where(both).exists())
    over = select(_columns.finding).where(
        _columns.farm_id == farm_id, _columns.is_open, ~select(findings.id).where(both, is_open).exists()
    )
    return sorted({*connection.scalars(new), *connection.scalars(over)})


def keep(connection: Connection, rows: Sequence[StandingRow]) -> None:
    """Write rows over what stands there."""
    if not rows:
        return
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(schema.alert_standings)
    statement = statement.on_conflict_do_update(
        index_elements=["farm_id", "finding"],
        set_={name: statement.excluded[name] for name in ("code", "is_open", "told", "due", "state")},
    )
    connection.execute(statement, [_values(row) for row in rows])


def forget(connection: Connection, farm_id: int, findings: Iterable[str]) -> None:
    """Remove rows."""
    names = [{"its_finding": finding} for finding in findings]
    if names:
        statement = delete(schema.alert_standings).where(
            _columns.farm_id == farm_id, _columns.finding == bindparam("its_finding")
        )
        connection.execute(statement, names)


def look_again(connection: Connection, farm_id: int, at: datetime) -> None:
    """Let everything of a farm be looked at by now: what people said of it changed."""
    now = micros(at)
    connection.execute(
        update(schema.alert_standings).where(_columns.farm_id == farm_id, _columns.due > now).values(due=now)
    )


def _values(row: StandingRow) -> dict[str, Any]:
    return {
        "farm_id": row.farm_id,
        "finding": row.finding,
        "code": row.code,
        "is_open": row.is_open,
        "told": row.told,
        "due": schema.OPEN if row.due is None else micros(row.due),
        "state": row.state,
    }
