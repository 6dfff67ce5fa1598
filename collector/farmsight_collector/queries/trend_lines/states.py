"""What was so over time: which URLs answered, which findings were open, who was heard of, what the logs say."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.clock import from_timestamp, micros
from farmsight_collector.model.cache import parsed
from farmsight_collector.queries import availability
from farmsight_collector.queries.trend_lines.line import Line, Wanted
from farmsight_collector.queries.trend_points import Stretch
from farmsight_collector.rules.rule import Severity
from farmsight_collector.store import agents, looks
from farmsight_collector.store.coverage import Run, holds_us
from farmsight_collector.store.findings import not_closed_before

_OF_EVERYBODY: Final = ("agent", "host")  # probes that run on each server, of whichever kind
# Events by which AD FS says that somebody could not be signed in: 342 "token validation failed", 364 "error during
# federation passive request" (AD FS events, Microsoft Learn, "AD FS troubleshooting: auditing events").
FAILED_SIGN_INS: Final = frozenset({"ad fs/admin/342", "ad fs/admin/364"})


def url_availability(connection: Connection, wanted: Wanted) -> Iterator[Line]:
    """Yield 1 while a URL answered as it must and 0 while it did not, by server, account and URL."""
    found = availability.answer(connection, wanted.farm, wanted.begin, wanted.end, server=wanted.server, key=wanted.key)
    for (server, context, key), one in sorted(found.items()):
        held = [
            Stretch(micros(its.begin), micros(its.end), value, value)
            for its in one.stretches
            if (value := {"ok": 1.0, "bad": 0.0}.get(its.state)) is not None
        ]
        if held and wanted.has(server, context, key):
            yield Line(server=server, context=context or None, key=key, stretches=held)


def findings_open(connection: Connection, wanted: Wanted) -> Iterator[Line]:
    """Yield how many findings were open, by severity, since the first agent of the farm was let in."""
    begins = [row.enrolled for row in agents.agents(connection, wanted.farm)]
    if not begins:
        return
    first, last = max(micros(min(begins)), micros(wanted.begin)), micros(wanted.end)
    steps: dict[Severity, dict[int, int]] = {severity: defaultdict(int) for severity in Severity}
    for row in not_closed_before(connection, wanted.farm, wanted.begin):
        opened = max(micros(row.opened), first)
        closed = last if row.closed is None else min(micros(row.closed), last)
        if opened < closed and wanted.server in ("", *row.payload["servers"]):
            steps[Severity(row.severity)][opened] += 1
            steps[Severity(row.severity)][closed] -= 1
    for severity in sorted(Severity, reverse=True):
        if wanted.has(wanted.server, None, severity.word):
            counted = list(_counted(steps[severity], first, last))
            yield Line(server=wanted.server, context=None, key=severity.word, stretches=counted)


def _counted(steps: dict[int, int], begin: int, end: int) -> Iterator[Stretch]:
    count, at = 0, begin
    for turn, by in sorted(steps.items()):
        if turn > at:
            yield Stretch(at, turn, float(count), float(count))
        count, at = count + by, max(turn, at)
    if end > at:
        yield Stretch(at, end, float(count), float(count))


def agent_heard(connection: Connection, wanted: Wanted) -> Iterator[Line]:
    """Yield 1 while a server's agent was heard of and 0 while it was not, from the first time on."""
    runs: dict[str, list[Run]] = defaultdict(list)
    for probe in _OF_EVERYBODY:
        asked = looks.Asked(
            farm=wanted.farm, probe=probe, kind="", begin=wanted.begin, end=wanted.end, server=wanted.server
        )
        slots = {slot.id: slot for slot in looks.slots(connection, asked)}
        for run in looks.runs(connection, asked, slots.values()):
            runs[slots[run.slot_id].server].append(run)
    for server, its in sorted(runs.items()):
        its.sort(key=attrgetter("began"))
        held = list(_heard(its, micros(wanted.begin), micros(wanted.end)))
        if held and wanted.has(server, None, ""):
            yield Line(server=server, context=None, key="", stretches=held)


def _heard(runs: Iterable[Run], begin: int, end: int) -> Iterator[Stretch]:
    at = None
    for run in runs:
        since, until = max(run.began, begin), min(run.ended, run.covered_until + holds_us(run.cadence_us), end)
        if at is not None and since > at:
            yield Stretch(at, since, 0.0, 0.0)
        at = since if at is None else max(at, since)
        if until > at:
            yield Stretch(at, until, 1.0, 1.0)
            at = until
    if at is not None and end > at:
        yield Stretch(at, end, 0.0, 0.0)


def events(connection: Connection, wanted: Wanted) -> Iterator[Line]:
    """Yield how many events were written, by server, log and number of the event."""
    asked = looks.Asked(
        farm=wanted.farm, probe="events", kind="event", begin=wanted.begin, end=wanted.end, server=wanted.server
    )
    slots = {slot.id: slot for slot in looks.slots(connection, asked)}
    runs = {of: list(its) for of, its in groupby(looks.runs(connection, asked, slots.values()), attrgetter("slot_id"))}
    pieces = list(looks.pieces(connection, asked, slots.values()))
    farm_id = next((slot.farm_id for slot in slots.values()), 0)
    values = looks.values(connection, asked, farm_id, pieces)
    written: dict[tuple[int, str], set[tuple[int, str]]] = defaultdict(set)
    for piece in pieces:
        value = values.get(bytes(piece.digest))
        record = None if value is None else parsed(bytes(piece.digest), value).event
        key = piece.key.rpartition("/")[0].lower()
        if record is not None and record.HasField("at") and wanted.has(slots[piece.slot_id].server, None, key):
            written[piece.slot_id, key].add((micros(from_timestamp(record.at)), piece.key))
    for (slot_id, key), its in sorted(written.items(), key=lambda one: (slots[one[0][0]].server, one[0][1])):
        seen = list(_seen(runs.get(slot_id, ()), micros(wanted.begin), micros(wanted.end)))
        inside = sorted(at for at, _ in its if micros(wanted.begin) <= at <= micros(wanted.end))
        yield Line(server=slots[slot_id].server, context=None, key=key, stretches=seen, events=inside)


def sign_in_failures(connection: Connection, wanted: Wanted) -> Iterator[Line]:
    """Yield how many failed sign-ins AD FS wrote of, by server and number of the event."""
    return (one for one in events(connection, wanted) if one.key in FAILED_SIGN_INS)


def _seen(runs: Iterable[Run], begin: int, end: int) -> Iterator[Stretch]:
    for run in runs:
        since, until = max(run.began, begin), min(run.ended, run.covered_until + holds_us(run.cadence_us), end)
        if run.known and until > since:
            yield Stretch(since, until, 0.0, 0.0)
