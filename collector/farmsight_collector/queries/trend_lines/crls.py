"""Of the CRLs that servers fetched: how long each is good still, how often new ones come, and how late the next is."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.clock import from_timestamp, micros
from farmsight_collector.model.cache import parsed
from farmsight_collector.pki.freshness import next_update, this_update
from farmsight_collector.pki.told import by_tool
from farmsight_collector.queries.availability import PROBE, Name, Stretch, stretches
from farmsight_collector.queries.trend_lines.line import Line, Wanted
from farmsight_collector.queries.trend_points import Stretch as Held
from farmsight_collector.store import looks
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NUMBER

_PURPOSES: Final = ("crl ", "delta ")
PLACES: Final = 4  # that see what a CA publishes
_SECOND: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What was known of one URL in one place at each moment, and the facts that the stretches name by digest."""

    stretches: Sequence[Stretch]
    facts: Mapping[bytes, facts_pb2.Retrieval]

    def crls(self) -> Iterator[tuple[int, int, facts_pb2.CrlSummary]]:
        """Yield begin, end and CRL of each stretch in which one was served whose dates are exact."""
        for one in self.stretches:
            fact = self.facts.get(one.digest)
            if fact is not None and fact.HasField("crl") and not by_tool(fact):
                yield micros(one.begin), micros(one.end), fact.crl


def fetched(connection: Connection, wanted: Wanted, *, places: int = 0) -> dict[Name, Fetched]:
    """Return what is known of each URL in each place over the span, or in some places of each alone.

    What a CA publishes is the same wherever it is fetched: a few places see it, if one of them is away, too.
    """
    asked = looks.Asked(
        farm=wanted.farm, probe=PROBE, kind="retrieval", begin=wanted.begin, end=wanted.end,
        server=wanted.server, key=wanted.key,
    )  # fmt: skip
    slots = {slot.id: slot for slot in looks.slots(connection, asked) if wanted.of_slot(slot)}
    if places:
        slots = _some(looks.current(connection, asked, slots.values()), slots, places)
    runs = looks.runs_by_slot(connection, asked, slots.values())
    values: dict[bytes, bytes] = {}
    pieces = [one for one in looks.pieces_read(connection, asked, slots.values(), values) if _has(wanted, one.key)]
    facts = {digest: parsed(digest, value).retrieval for digest, value in values.items()}
    found: dict[Name, Fetched] = {}
    for (slot_id, key), its in groupby(pieces, lambda one: (one.slot_id, one.key)):
        slot = slots[slot_id]
        told = tuple(stretches(runs.get(slot_id, ()), list(its), facts, wanted.begin, wanted.end))
        name = slot.server, CONTEXT_BY_NUMBER.get(slot.context) or "", key
        found[name] = Fetched(stretches=told, facts=facts)
    return found


def _some(held: Iterable[tuple[int, str]], slots: Mapping[int, looks.Slot], places: int) -> dict[int, looks.Slot]:
    """Return slots such that each key is held in some of them, of as many servers as can be; not more than needed."""
    seen: dict[str, int] = defaultdict(int)
    by_slot: dict[int, list[str]] = defaultdict(list)
    turns: dict[int, int] = {}
    of_server: dict[str, int] = defaultdict(int)
    for slot_id, key in held:
        if slot_id not in turns:
            turns[slot_id] = of_server[slots[slot_id].server]
            of_server[slots[slot_id].server] += 1
        by_slot[slot_id].append(key)
    chosen: dict[int, looks.Slot] = {}
    for slot_id, keys in sorted(by_slot.items(), key=lambda one: (turns[one[0]], slots[one[0]].server)):
        if any(seen[key] < places for key in keys):
            chosen[slot_id] = slots[slot_id]
            for key in keys:
                seen[key] += 1
    return chosen


def _has(wanted: Wanted, key: str) -> bool:
    return wanted.key_contains.lower() in key.lower()


def validity_left(connection: Connection, wanted: Wanted) -> Iterator[Line]:
    """Yield the seconds until the CRL that a URL served ends, by server, account and URL; below zero it has ended."""
    for (server, context, key), one in fetched(connection, wanted).items():
        if key.startswith(_PURPOSES):
            held = [
                Held(begin, end, _seconds(ends, begin), _seconds(ends, end))
                for begin, end, crl in one.crls()
                if (ends := next_update(crl)) is not None
            ]
            yield Line(server=server, context=context or None, key=key, stretches=held)


def publication_interval(connection: Connection, wanted: Wanted) -> Iterator[Line]:
    """Yield the seconds from one CRL to the next, by URL, each at the moment at which the CA made the next one."""
    for key, its in _by_url(fetched(connection, wanted, places=PLACES)).items():
        made = sorted({micros(at) for one in its for _, _, crl in one.crls() if (at := this_update(crl)) is not None})
        instants = [
            (after, (after - before) / _SECOND)
            for before, after in pairwise(made)
            if micros(wanted.begin) <= after <= micros(wanted.end)
        ]
        if instants:
            yield Line(server="", context=None, key=key, instants=instants)


def publication_overdue(connection: Connection, wanted: Wanted) -> Iterator[Line]:
    """Yield for how many seconds the next CRL is overdue by the CA's own next publish; 0 while it is not."""
    for key, its in _by_url(fetched(connection, wanted, places=PLACES)).items():
        held = [piece for begin, end, due in _newest(its) for piece in _late(begin, end, due)]
        if held:
            yield Line(server="", context=None, key=key, stretches=held)


def _by_url(found: Mapping[Name, Fetched]) -> dict[str, list[Fetched]]:
    by_url: dict[str, list[Fetched]] = defaultdict(list)
    for (_, _, key), one in sorted(found.items()):
        if key.startswith(_PURPOSES):
            by_url[key].append(one)
    return by_url


def _newest(its: Iterable[Fetched]) -> Iterator[tuple[int, int, int]]:
    """Yield from when until when which next publish was the one to wait for, while anybody knew."""
    seen: dict[int, tuple[int, int | None]] = {}  # by this update: first seen, next publish
    known: list[tuple[int, int]] = []
    for one in its:
        for begin, end, crl in one.crls():
            made = this_update(crl)
            if made is not None:
                due = micros(from_timestamp(crl.next_publish)) if crl.HasField("next_publish") else None
                seen[micros(made)] = min(begin, seen.get(micros(made), (begin, due))[0]), due
                known.append((begin, end))
    order = sorted(seen.items())
    begins = [first for _, (first, _) in order]
    for index, (_, (first, due)) in enumerate(order):
        until = min(begins[index + 1 :], default=None)
        if due is not None:
            yield from ((b, e, due) for b, e in _within(joined(known), first, until))


def _within(known: Iterable[tuple[int, int]], first: int, until: int | None) -> Iterator[tuple[int, int]]:
    for begin, end in known:
        begin, end = max(begin, first), end if until is None else min(end, until)  # noqa: PLW2901 - cut
        if end > begin:
            yield begin, end


def joined(known: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return stretches as those that do not meet."""
    whole: list[tuple[int, int]] = []
    for begin, end in sorted(known):
        if whole and begin <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(end, whole[-1][1])
        else:
            whole.append((begin, end))
    return whole


def _late(begin: int, end: int, due: int) -> Iterator[Held]:
    turn = min(max(due, begin), end)
    if turn > begin:
        yield Held(begin, turn, 0.0, 0.0)
    if end > turn:
        yield Held(turn, end, (turn - due) / _SECOND, (end - due) / _SECOND)


def _seconds(ends: datetime, at: int) -> float:
    return (micros(ends) - at) / _SECOND
