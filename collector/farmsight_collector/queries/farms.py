"""All farms of a collector in a line each, from what was stored: no rule is asked anew."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.store import agents
from farmsight_collector.store.farms import farms
from farmsight_collector.store.findings import FindingRow, findings_as_of

QUIET: Final = timedelta(minutes=5)  # without a word: an agent checks in each minute


@dataclass(frozen=True, kw_only=True)
class FarmLine:
    """One farm; `worst` is its worst cause, None where none is open."""

    name: str
    roles: tuple[tuple[str, int], ...]
    quiet: tuple[str, ...]  # servers not heard of lately
    severities: tuple[int, ...]  # of the causes that are open, worst first
    worst: FindingRow | None
    newest: datetime | None  # when the last of them opened


def lines(
    connection: Connection, at: datetime, *, contains: str = "", skip: int = 0, limit: int = 100
) -> list[FarmLine]:
    """Return farms by name, as of an instant."""
    names = [name for name in farms(connection) if contains.lower() in name.lower()]
    return [_line(connection, name, at) for name in names[skip : skip + limit]]


def _line(connection: Connection, name: str, at: datetime) -> FarmLine:
    voices = [row for row in agents.agents(connection, name) if row.state != "revoked" and row.enrolled <= at]
    causes = [row for row in findings_as_of(connection, name, at) if row.payload["caused_by"] is None]
    return FarmLine(
        name=name,
        roles=tuple(sorted(Counter(row.role for row in voices).items())),
        quiet=tuple(row.server for row in voices if row.last_seen is None or row.last_seen < at - QUIET),
        severities=tuple(row.severity for row in causes),
        worst=causes[0] if causes else None,
        newest=max((row.opened for row in causes), default=None),
    )
