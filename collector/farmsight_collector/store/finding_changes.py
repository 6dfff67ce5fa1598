"""What became of findings while they were open: a finding's row says how it is, these say how it came to be so."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros, moment
from farmsight_collector.store import schema
from farmsight_collector.store.rows import insert_missing, storable

if TYPE_CHECKING:
    from farmsight_collector.store.findings import FindingChange, FindingRow

MOST: Final = 5000  # of one answer
_columns = schema.finding_changes.c


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change of one finding; `severity` is that from then on, of one that closed that until then."""

    at: datetime
    id: str
    change: str  # opened, worsened, eased, spread, closed
    code: str
    severity: int
    subject: str
    title: str
    servers: tuple[str, ...]


def note(
    connection: Connection,
    farm_id: int,
    at: datetime,
    changes: Iterable["FindingChange"],
    before: Mapping[str, "FindingRow"],
) -> None:
    """Keep what an evaluation changed; a change of words or evidence alone is none."""
    rows = []
    for one in changes:
        change = one.kind if one.kind != "changed" else _became(before.get(one.finding.id), one.finding)
        if change:
            rows.append(_row(farm_id, at, change, one.finding))
    insert_missing(connection, schema.finding_changes, rows)


def steps(
    connection: Connection, farm: str, begin: datetime, end: datetime, *, finding: str = "", changes: Iterable[str] = ()
) -> list[Step]:
    """Return what became of findings within (begin, end], the last first; of one finding, or of some changes alone."""
    query = (
        select(*(_columns[name] for name in ("at", "id", "change", "code", "severity", "subject", "title", "servers")))
        .join(schema.farms, schema.farms.c.id == _columns.farm_id)
        .where(schema.farms.c.name == farm, _columns.at > micros(begin), _columns.at <= micros(end))
        .order_by(_columns.at.desc(), _columns.severity.desc(), _columns.code, _columns.id)
        .limit(MOST)
    )
    if finding:
        query = query.where(_columns.id == finding)
    wanted = tuple(changes)
    if wanted:
        query = query.where(_columns.change.in_(wanted))
    return [
        Step(
            at=moment(row.at),
            id=row.id,
            change=row.change,
            code=row.code,
            severity=row.severity,
            subject=row.subject,
            title=row.title,
            servers=tuple(json.loads(row.servers)),
        )
        for row in connection.execute(query)
    ]


def _became(before: "FindingRow | None", now: "FindingRow") -> str:
    """Return what a change comes to: severity first, then whom it concerns; empty where neither changed."""
    if before is None:
        return ""
    if now.severity != before.severity:
        return "worsened" if now.severity > before.severity else "eased"
    return "spread" if set(now.payload["servers"]) - set(before.payload["servers"]) else ""


def _row(farm_id: int, at: datetime, change: str, row: "FindingRow") -> dict[str, Any]:
    return {
        "farm_id": farm_id,
        "at": micros(at),
        "id": row.id,
        "change": change,
        "code": row.code,
        "severity": row.severity,
        "subject": row.subject,
        "title": storable(str(row.payload["title"])),
        "servers": json.dumps(row.payload["servers"], ensure_ascii=True),
    }
