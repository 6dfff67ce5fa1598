"""How retrievals went over a span: for each URL in each place, when it was good, when it was not, when nobody knows.

A gap is a gap: time in which no run says anything counts as not known, never
as good or bad, and the share is of what is known.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros, moment
from farmsight_collector.model.cache import parsed
from farmsight_collector.queries.fetches import State, ends_by_itself, went
from farmsight_collector.store import looks
from farmsight_collector.store.coverage import Run, holds_us
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NUMBER, OUTCOME_NAMES

PROBE: Final = "retrievals"
_NOT_SEEN: Final = "no report says anything of this time"
_NOT_ASKED: Final = "not asked"
Name = tuple[str, str, str]  # server, account, key


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A time in which one thing is known of one URL in one place, or that nothing is."""

    begin: datetime
    end: datetime
    state: State
    text: str
    digest: bytes = b""  # of the fact that says so


@dataclass(frozen=True, kw_only=True)
class Availability:
    """How long it was good, bad and not known within a span; what was not asked is in none of them."""

    stretches: tuple[Stretch, ...]

    def seconds(self, state: State) -> float:
        """Return for how long it was so."""
        return sum((one.end - one.begin).total_seconds() for one in self.stretches if one.state == state)

    @property
    def share(self) -> float | None:
        """Return the share of the known time in which it was good; None where nothing is known."""
        good, bad = self.seconds("ok"), self.seconds("bad")
        return good / (good + bad) if good + bad else None

    @property
    def known(self) -> float | None:
        """Return the share of the time that is known; None where it was never asked."""
        told, untold = self.seconds("ok") + self.seconds("bad"), self.seconds("unknown")
        return told / (told + untold) if told + untold else None


def answer(
    connection: Connection, farm: str, begin: datetime, end: datetime, *, server: str = "", key: str = ""
) -> dict[Name, Availability]:
    """Return how each URL went in each place within [begin, end]; `server` and `key` ask for one alone."""
    asked = looks.Asked(farm=farm, probe=PROBE, kind="retrieval", begin=begin, end=end, server=server, key=key)
    slots = {slot.id: slot for slot in looks.slots(connection, asked)}
    runs = looks.runs_by_slot(connection, asked, slots.values())
    values: dict[bytes, bytes] = {}
    pieces = list(looks.pieces_read(connection, asked, slots.values(), values))
    facts = {digest: parsed(digest, value).retrieval for digest, value in values.items()}
    found = {}
    for (slot_id, name), its in groupby(pieces, lambda one: (one.slot_id, one.key)):
        slot = slots[slot_id]
        told = stretches(runs.get(slot_id, ()), list(its), facts, begin, end)
        found[slot.server, CONTEXT_BY_NUMBER.get(slot.context) or "", name] = Availability(stretches=tuple(told))
    return found


def stretches(
    runs: Sequence[Run],
    pieces: Sequence[looks.Piece],
    facts: Mapping[bytes, facts_pb2.Retrieval],
    begin: datetime,
    end: datetime,
) -> Iterator[Stretch]:
    """Yield what was known when, without a gap from the begin to the end; equal neighbours are one."""
    held: Stretch | None = None
    for one in _all(runs, pieces, facts, micros(begin), micros(end)):
        if held is not None and (held.state, held.text, held.digest) == (one.state, one.text, one.digest):
            held = Stretch(begin=held.begin, end=one.end, state=held.state, text=held.text, digest=held.digest)
            continue
        if held is not None:
            yield held
        held = one
    if held is not None:
        yield held


def _all(
    runs: Iterable[Run],
    pieces: Sequence[looks.Piece],
    facts: Mapping[bytes, facts_pb2.Retrieval],
    begin: int,
    end: int,
) -> Iterator[Stretch]:
    at = begin
    for run in runs:
        since, until = max(run.began, at), min(run.ended, run.covered_until + holds_us(run.cadence_us), end)
        if since > at:
            yield _stretch(at, since, "unknown", _NOT_SEEN)
            at = since
        if until <= at:
            continue
        if run.known:
            yield from _known(pieces, facts, at, until)
        else:
            outcome = OUTCOME_NAMES[telemetry_pb2.ProbeOutcome.ValueType(run.outcome)]
            yield _stretch(at, until, "unknown", f"{outcome}: {run.reason}")
        at = until
    if at < end:
        yield _stretch(at, end, "unknown", _NOT_SEEN)


def _known(
    pieces: Sequence[looks.Piece], facts: Mapping[bytes, facts_pb2.Retrieval], at: int, until: int
) -> Iterator[Stretch]:
    """Yield what the facts say between two instants; where there is none, it was not asked."""
    for piece in pieces:
        since, to = max(piece.began, at), min(piece.ended, until)
        if since >= to:
            continue
        if since > at:
            yield _stretch(at, since, "none", _NOT_ASKED)
        yield from _told(facts.get(bytes(piece.digest)), bytes(piece.digest), since, to)
        at = to
    if at < until:
        yield _stretch(at, until, "none", _NOT_ASKED)


def _told(value: facts_pb2.Retrieval | None, digest: bytes, since: int, to: int) -> Iterator[Stretch]:
    """Yield what one fact says; a CRL that ends in between is good before and expired after."""
    if value is None:
        yield _stretch(since, to, "unknown", "what was seen is not kept any more", digest)
        return
    ends = ends_by_itself(value)
    turn = to if ends is None else min(max(micros(ends), since), to)
    for first, last in ((since, turn), (turn, to)):
        if first < last:
            said = went(value, moment(first))
            yield _stretch(first, last, said.state, said.text, digest)


def _stretch(begin: int, end: int, state: State, text: str, digest: bytes = b"") -> Stretch:
    return Stretch(begin=moment(begin), end=moment(end), state=state, text=text, digest=digest)
