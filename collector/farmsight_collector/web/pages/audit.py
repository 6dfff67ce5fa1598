"""Who did what, when: everything that people, agents and the collector itself changed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Final

from farmsight_collector import instants
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.export.table import Column, Table
from farmsight_collector.export.writers import write_csv
from farmsight_collector.shown.ages import ago
from farmsight_collector.store import agents, audit
from farmsight_collector.web.page import Asked, Download, Page, Part

AT_ONCE: Final = 200
MOST: Final = 50_000  # rows of one file
_TEXTS: Final = ("actor", "action", "target", "detail")
DEFAULT: Final = "-30d"


def values(asked: Asked) -> Mapping[str, object]:
    """Return one page of the audit, newest first. Raises InvalidRequestError."""
    skip = asked.parameters.number("skip", 0, 0, 10**7)
    rows = _rows(asked, skip=skip, limit=AT_ONCE + 1)
    given = asked.parameters
    return {
        "rows": rows[:AT_ONCE],
        "servers": {row.id: row.server for row in agents.agents(asked.connection)},
        "chosen": {name: given.text(name) for name in ("actor", "action", "find")},
        "since": given.text("since") or DEFAULT,
        "skip": skip,
        "at_once": AT_ONCE,
        "more": len(rows) > AT_ONCE,
        "ago": partial(ago, at=asked.at),
    }


def _rows(asked: Asked, *, skip: int, limit: int) -> list[audit.AuditRow]:
    given = asked.parameters
    return audit.matching(
        asked.connection,
        begin=_since(asked),
        end=asked.at,
        actor=given.text("actor"),
        action=given.text("action"),
        text=given.text("find"),
        skip=skip,
        limit=limit,
    )


def _since(asked: Asked) -> datetime:
    try:
        at = instants.parse(asked.parameters.text("since") or DEFAULT, asked.at, UTC)
    except instants.InstantError:
        raise InvalidRequestError("since: an instant such as 2026-11-23T10:00Z (UTC), -2h or -3d") from None
    return max(at, asked.at - timedelta(days=4000))


def exported(asked: Asked) -> Download:
    """Return all rows that match, up to a bound, as CSV."""
    rows = _rows(asked, skip=0, limit=MOST)
    table = Table(
        name="audit",
        columns=(Column(name="at", type="instant"), *(Column(name=name) for name in _TEXTS)),
        rows=rows,
        flat=lambda row: (row.at, *(getattr(row, name) for name in _TEXTS)),
        document=lambda row: {"at": row.at.isoformat(), **{name: getattr(row, name) for name in _TEXTS}},
    )
    out = BytesIO()
    write_csv(table, out)
    return Download(
        name=f"farmsight-audit-{asked.at:%Y%m%dT%H%M%SZ}.csv", media_type="text/csv", content=out.getvalue()
    )


CSV = Part(name="audit-csv", path="/audit.csv", template="", values=exported, role="operator")
PAGE = Page(
    name="audit",
    title="Audit",
    path="/audit",
    template="audit.html.j2",
    values=values,
    role="operator",
    key="u",
)
