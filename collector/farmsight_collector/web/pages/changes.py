"""The change log of a farm, by day: what began, changed and ended, opened and closed, came and went.

With `than=INSTANT` it is the difference between that instant and the one asked
for instead: what is the same again is not in it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from itertools import groupby
from typing import Final

from farmsight_collector import instants
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.export.table import Column, Table
from farmsight_collector.export.writers import write_csv
from farmsight_collector.queries import changes, first_changes
from farmsight_collector.queries.changes import Change
from farmsight_collector.rules.rule import Severity
from farmsight_collector.shown.ages import ago
from farmsight_collector.shown.change_rows import Row, rows
from farmsight_collector.shown.differences import difference_between
from farmsight_collector.shown.figures import span
from farmsight_collector.shown.marks import Mark, marks
from farmsight_collector.web.page import Asked, Download, Page, Part
from farmsight_wire.v1.vocabulary import KINDS

DEFAULT: Final = "-7d"
AT_ONCE: Final = 200
MOST: Final = 20_000  # of one file
LEAST: Final = {"warning": Severity.WARNING, "error": Severity.ERROR, "critical": Severity.CRITICAL}
SPANS: Final = ("1h", "6h", "1d", "7d", "30d", "90d", "400d")
FACTS_AT_ONCE: Final = 300  # of a difference


@dataclass(frozen=True, kw_only=True)
class Day:
    """The changes of one day, the last first."""

    date: str
    rows: tuple[Row, ...]
    first: datetime
    counts: Sequence[tuple[str, int]]


def values(asked: Asked) -> Mapping[str, object]:
    """Return one page of the log, or a difference. Raises InvalidRequestError."""
    known = first_changes.with_known(asked.connection, asked.evaluated())
    marked = marks(known.picture.evaluation.findings)
    around = {
        "servers": [one.name for one in known.picture.farm.servers],
        "marks": marked,
        "ago": partial(ago, at=asked.at),
        "spans": SPANS,
    }
    than = _instant(asked, "than", "")
    return {**around, **(_log(asked, marked) if than is None else _difference(asked, than))}


def _log(asked: Asked, marked: Mapping[Mark, object]) -> Mapping[str, object]:
    given = asked.parameters
    until = _instant(asked, "until", "") or asked.at
    wanted = _wanted(asked, until)
    found = changes.log(asked.connection, wanted, size=AT_ONCE)
    return {
        "than": None,
        "wanted": wanted,
        "least": given.text("least"),
        "since": given.text("since") or DEFAULT,
        "length": span(wanted.end - wanted.begin),
        "days": _days(found.changes, marked),
        "shown": len(found.changes),
        "earlier": found.earlier.isoformat() if found.earlier else "",
        "later": until < asked.at,
        "kinds": [kind.name for kind in KINDS],
        "other_kinds": changes.OTHER_KINDS,
    }


def _wanted(asked: Asked, until: datetime) -> changes.Wanted:
    given = asked.parameters
    since = _instant(asked, "since", DEFAULT)
    return changes.Wanted(
        farm=asked.farm,
        begin=since or asked.at,
        end=min(until, asked.at),
        server=given.text("server"),
        kind=given.one_of("kind", ("", *changes.OTHER_KINDS, *(kind.name for kind in KINDS)), ""),
        text=given.text("find"),
        least=LEAST.get(given.one_of("least", ("", *LEAST), ""), Severity.INFO),
        passing=given.flag("passing"),
    )


def exported(asked: Asked) -> Download:
    """Return what the filter lets through, up to a bound, as CSV."""
    found = changes.log(asked.connection, _wanted(asked, asked.at), size=MOST)
    texts = ("what", "kind", "key", "text", "context", "finding", "seen_by")
    table = Table(
        name="changes",
        columns=tuple(Column(name=name) for name in ("at", "severity", "servers", *texts)),
        rows=found.changes,
        flat=lambda one: (
            one.at,
            one.severity.word if one.severity is not None else None,
            " ".join(one.servers),
            *(getattr(one, name) for name in texts),
        ),
        document=lambda one: {"at": one.at.isoformat()},
    )
    out = BytesIO()
    write_csv(table, out)
    name = f"farmsight-changes-{asked.at:%Y%m%dT%H%M%SZ}.csv"
    return Download(name=name, media_type="text/csv", content=out.getvalue())


def _days(found: Iterable[Change], marked: Mapping[Mark, object]) -> list[Day]:
    return [
        Day(
            date=date,
            rows=rows(its := list(some), marked),
            first=its[-1].at,
            counts=Counter(one.what for one in its).most_common(),
        )
        for date, some in groupby(found, key=lambda one: one.at.strftime("%A, %Y-%m-%d"))
    ]


def _difference(asked: Asked, than: datetime) -> Mapping[str, object]:
    if than >= asked.at:
        raise InvalidRequestError("than: give an instant before the one that is shown")
    found = difference_between(asked.evaluated_at(than), asked.evaluated())
    server, kind, find = (asked.parameters.text(name) for name in ("server", "kind", "find"))
    facts = [
        one
        for one in found.facts
        if (not server or one.server.lower() == server.lower())
        and (not kind or one.kind == kind)
        and find.lower() in f"{one.kind} {one.key} {one.then} {one.now} {one.server}".lower()
    ]
    return {
        "than": than,
        "found": found,
        "facts": facts[:FACTS_AT_ONCE],
        "left_out": max(0, len(facts) - FACTS_AT_ONCE),
        "chosen": {"server": server, "kind": kind, "find": find},
        "kinds": sorted({one.kind for one in found.facts}),
    }


def _instant(asked: Asked, name: str, default: str) -> datetime | None:
    """Return an instant; one that is relative counts from the one that is shown."""
    text = asked.parameters.text(name) or default
    if not text:
        return None
    try:
        at = instants.parse(text, asked.at, UTC)
    except instants.InstantError:
        raise InvalidRequestError(f"{name}: an instant such as 2026-11-23T10:00Z (UTC), -2h or -3d") from None
    return max(at, asked.at - timedelta(days=4000))


CSV = Part(name="changes-csv", path="/farms/{farm}/changes.csv", template="", values=exported)
PAGE = Page(
    name="changes",
    title="Changes",
    path="/farms/{farm}/changes",
    template="changes.html.j2",
    values=values,
    key="c",
)
