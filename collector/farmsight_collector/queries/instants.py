"""Instants that have a name only the collector can resolve: before the first failure.

The first failure is where the trouble that is open began, or the last one
that was: from then on, without a break, some finding at error or above was
open. Of one finding, or one code, it is where its last unbroken time began.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector import instants
from farmsight_collector.errors import InvalidRequestError, NotFoundError
from farmsight_collector.queries import messages
from farmsight_collector.queries.evaluated import evaluated, lived
from farmsight_collector.queries.first_changes import looked_for
from farmsight_collector.rules.engine import FirstChange
from farmsight_collector.rules.rule import Severity
from farmsight_collector.store.findings import FindingRow, opened_before
from farmsight_wire.v1 import query_pb2

_TICK: Final = timedelta(microseconds=1)
_LOOKED_AT: Final = 5000  # findings, back from the instant asked for


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Where a trouble began, and by which finding it was seen first."""

    finding: FindingRow
    at: datetime

    @property
    def before(self) -> datetime:
        """Return the last instant at which all of it was not so."""
        return self.at - _TICK

    @property
    def words(self) -> str:
        """Return which instant it is."""
        return f"just before {self.finding.code} began at {self.at:%Y-%m-%d %H:%M:%S}Z: {self.finding.payload['title']}"


def first_failure(connection: Connection, farm: str, at: datetime, of: str = "") -> Failure | None:
    """Return where the trouble of an instant began, or the last one before it; `of` narrows it to an id or a code."""
    least = Severity.INFO if of else Severity.ERROR
    rows = opened_before(connection, farm, at, int(least), of, _LOOKED_AT)
    first: FindingRow | None = None
    for row in sorted(rows, key=lambda one: _end(one, at), reverse=True):
        if first is not None and _end(row, at) < _begin(first):
            break
        if first is None or _begin(row) < _begin(first):
            first = row
    return None if first is None else Failure(finding=first, at=_begin(first))


def change_before(connection: Connection, farm: str, failure: Failure) -> FirstChange | None:
    """Return the first change before a failure, of what its finding stands on; None where none is known."""
    seen = evaluated(connection, farm, failure.finding.opened)
    looked = looked_for(connection, seen, only=failure.finding.id)
    return next((one.first_change for one in looked.evaluation.findings if one.id == failure.finding.id), None)


def resolved(connection: Connection, farm: str, at: datetime, word: str, of: str = "") -> Failure:
    """Return what a word for an instant stands for; raises InvalidRequestError and NotFoundError."""
    if not instants.is_word(word):
        raise InvalidRequestError(f"word: there is no '{word[:60]}'; there is {', '.join(instants.WORDS)}")
    found = first_failure(connection, farm, at, of)
    if found is None:
        what = f"of {of[:100]}" if of else "at error or above"
        raise NotFoundError(f"no failure {what} is known until {at:%Y-%m-%d %H:%M}Z")
    return found


def asked_for(
    connection: Connection, farm: str, now: datetime, text: str, of: str, parse: Callable[[str], datetime]
) -> datetime:
    """Return the instant that a text names, by date, as so long ago, or by a word of a farm's own.

    `parse` reads what is no word, and all of it where there is no farm.
    Raises InvalidRequestError for an instant that no collector saw, and what `resolved` and `parse` raise.
    """
    if farm and instants.is_word(text):
        return resolved(connection, farm, now, text, of).before
    return lived(parse(text), now)


def answer(
    connection: Connection, farm: str, at: datetime, request: query_pb2.ResolveInstantRequest
) -> query_pb2.ResolveInstantResponse:
    """Return the instant that a word stands for, and why it is that one."""
    found = resolved(connection, farm, at, request.word, request.of)
    return query_pb2.ResolveInstantResponse(farm=farm, at=messages.stamp(found.before), why=found.words)


def message(connection: Connection, farm: str, at: datetime) -> query_pb2.FirstFailure | None:
    """Return the first failure of a farm with the change before it; None where none is known."""
    found = first_failure(connection, farm, at)
    if found is None:
        return None
    change = change_before(connection, farm, found)
    return query_pb2.FirstFailure(
        finding=found.finding.id,
        code=found.finding.code,
        title=found.finding.payload["title"],
        at=messages.stamp(found.at),
        change=messages.first_change(change),
        why_none="" if change else "nothing that it stands on changed before it, as far as anybody looked",
    )


def _begin(row: FindingRow) -> datetime:
    return min(row.since, row.opened)


def _end(row: FindingRow, at: datetime) -> datetime:
    return at if row.closed is None else min(row.closed, at)
