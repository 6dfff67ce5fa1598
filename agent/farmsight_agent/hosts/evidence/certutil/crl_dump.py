"""`certutil -dump FILE.crl`, in any display language.

The issuer stands on lines of its own, then two dates and a count; the
extensions are told by their OIDs. A dump that is cut off gives what it
shows, and `parse_error` says what is missing: what it does not show is not
absent.
"""

import re
from collections.abc import Sequence
from typing import Final

from farmsight_agent.hosts.evidence.answers import seen
from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.certutil import dump
from farmsight_agent.hosts.evidence.certutil import extensions as ext
from farmsight_agent.hosts.evidence.certutil.console import Line
from farmsight_agent.hosts.evidence.certutil.dates import Calendar
from farmsight_agent.hosts.evidence.certutil.fields import Field
from farmsight_agent.hosts.host import Seen
from farmsight_wire.v1 import facts_pb2

_COUNT: Final = re.compile(r"\d{1,9}")
_NO: Final = frozenset({"no"})


def parse(file: Text) -> Seen[facts_pb2.CrlSummary]:
    """Return the CRL; raises FailedError (or DeniedError) for a command that failed or another text."""
    found = dump.read(file, _dates_at, "CRL")
    body, rows, at = found.body, found.rows, found.at
    issuer = next(row for row in reversed(rows[:at]) if row.is_name)
    summary = facts_pb2.CrlSummary(issuer=issuer.name, signature_algorithm=ext.first_oid(rows, 0))
    troubles = [] if found.ended else ["the dump is cut off: what follows is not shown"]
    calendar = _calendar(rows, at, body)
    troubles += _dates(rows, at, calendar, summary)
    troubles += _extensions(body, calendar, summary)
    summary.parse_error = "; ".join(troubles)
    return seen(file, [(summary, issuer.line)])


def likeness(file: Text) -> Likeness:
    """Tell whether a text is such a dump."""
    return dump.likeness(file, _dates_at)


def _dates_at(rows: Sequence[Field]) -> int | None:
    """Return where the dates of a CRL stand; None where these are no fields of one.

    Before them the issuer has its attributes on lines of its own, behind
    them comes a count, and no second name.
    """
    at = next((at for at, row in enumerate(rows) if row.is_date), None)
    if at is None or sum(bool(row.parts) for row in rows[:at]) != 1:
        return None
    behind = at + 2 if at + 1 < len(rows) and rows[at + 1].is_date else at + 1
    counted = any(_COUNT.fullmatch(row.value) for row in rows[behind : behind + 2])
    serial = any(row.serial and len(row.serial) > 2 and not row.tells_sha1 for row in rows[:at] if not _hash(row))
    return at if counted and not serial else None


def _hash(row: Field) -> bool:
    return row.label.endswith(")")  # "Name Hash(md5)"


def _calendar(rows: Sequence[Field], at: int, body: Sequence[Line]) -> Calendar:
    """Return how dates are read: certificates were revoked before the list was made."""
    begins = rows[at].value
    revoked = [row.value for row in rows[at + 2 :] if row.is_date]
    publish = [line.bare for one in ext.extensions(body) if one.oid == ext.NEXT_PUBLISH for line in one.lines[1:2]]
    return Calendar([begins, *publish], [(begins, _ends(rows, at) or begins), *((one, begins) for one in revoked)])


def _ends(rows: Sequence[Field], at: int) -> str:
    return rows[at + 1].value if at + 1 < len(rows) and rows[at + 1].is_date else ""


def _dates(rows: Sequence[Field], at: int, calendar: Calendar, into: facts_pb2.CrlSummary) -> list[str]:
    """Read dates and count; return what could not be told."""
    ends = _ends(rows, at)
    begin, end = calendar.stamp(rows[at].value), calendar.stamp(ends)
    if begin is not None:
        into.this_update.CopyFrom(begin)
    if end is not None:
        into.next_update.CopyFrom(end)
    into.entries = next((int(row.value) for row in rows[at + 1 :] if _COUNT.fullmatch(row.value)), 0)
    untold = begin is None or (end is None and bool(ends))
    return ["the order of day and month in its dates is not told"] if untold else []


def _extensions(body: Sequence[Line], calendar: Calendar, into: facts_pb2.CrlSummary) -> list[str]:
    found = {one.oid: one for one in ext.extensions(body)}
    troubles = []
    if ext.CRL_NUMBER in found:
        into.number = found[ext.CRL_NUMBER].number()
    if ext.DELTA_INDICATOR in found:
        into.delta_base_number = found[ext.DELTA_INDICATOR].number()
        into.delta_indicator_critical = found[ext.DELTA_INDICATOR].critical
    if ext.AUTHORITY_KEY in found:
        into.authority_key_identifier = found[ext.AUTHORITY_KEY].hexadecimal()
    if ext.FRESHEST_CRL in found:
        into.freshest_urls.extend(found[ext.FRESHEST_CRL].urls())
    if ext.NEXT_PUBLISH in found:
        troubles += _next_publish(found[ext.NEXT_PUBLISH], calendar, into)
    if ext.DISTRIBUTION_POINT in found:
        words = {value.lower() for _, value in found[ext.DISTRIBUTION_POINT].values() if len(value) < 12}
        if not words or words - _NO:
            troubles.append(f"extension {ext.DISTRIBUTION_POINT}: shown in words")
    return troubles


def _next_publish(one: ext.Extension, calendar: Calendar, into: facts_pb2.CrlSummary) -> list[str]:
    shown = [line.bare for line in one.lines[1:]]
    told = calendar.stamp(shown[0]) if shown else None
    if told is None:
        return [f"extension {ext.NEXT_PUBLISH}: its date is shown in words"]
    into.next_publish.CopyFrom(told)
    return []
