"""Puts reports on the time lines of slots, whatever order they come in.

A run that could look says what is so from its instant to the next such run's.
A run that could not look says nothing about facts: what was so before is
carried through it, and coverage alone shows the gap.

Most reports are the newest of their slot: these are applied against what is
open, held in memory for the length of the transaction, and written in few
statements. Any other is painted into the past by `paint.py`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Connection

from farmsight_collector.ingest import paint
from farmsight_collector.ingest.checked import Identity
from farmsight_collector.ingest.place import ENDED, OBSERVED, BaseUnknownError, Placed, fact_row, run_row
from farmsight_collector.store import coverage, facts, lost, slots
from farmsight_collector.store.coverage import Run
from farmsight_collector.store.facts import HeldRow
from farmsight_collector.store.schema import OPEN


@dataclass(slots=True)
class Held:
    """A fact that is so to this day; `row` is set while it is not written yet."""

    began: int
    digest: bytes
    row: list[Any] | None = None


@dataclass(slots=True)
class Head:
    """The newest run of a slot, the newest that could look, and the facts that are open."""

    run: Run | None = None
    known: Run | None = None
    held: dict[Identity, Held] = field(default_factory=dict)
    row: dict[str, Any] | None = None  # of the newest run, while it is not written yet


class Timelines:
    """The time lines that one transaction writes to."""

    def __init__(self, connection: Connection) -> None:
        """Begin with nothing loaded."""
        self._connection = connection
        self._heads: dict[int, Head] = {}
        self._reports: dict[int, list[Placed]] = {}
        self._new_facts: list[list[Any]] = []
        self._ended_facts: list[tuple[Any, ...]] = []
        self._new_runs: list[dict[str, Any]] = []
        self._ended_runs: list[dict[str, Any]] = []

    def load(self, farm_id: int, placed: Iterable[Placed]) -> None:
        """Load what the reports of one farm will be applied against."""
        by_slot: dict[int, list[Placed]] = {}
        for one in placed:
            by_slot.setdefault(one.slot_id, []).append(one)
        self._reports.update(by_slot)
        self._load_runs(farm_id, by_slot.keys())
        whole: list[int] = []
        partly: list[int] = []
        named: set[Identity] = set()
        for slot_id, reports in by_slot.items():
            if self._heads[slot_id].run is None:
                continue
            if self._needs_all(slot_id, reports):
                whole.append(slot_id)
            else:
                partly.append(slot_id)
                named.update(i for one in reports for i in (*one.checked.entries, *one.checked.removed))
        self._hold(facts.open_rows(self._connection, farm_id, whole) if whole else ())
        kinds, keys = {one.kind for one in named}, {one.key for one in named}
        if named:
            self._hold(facts.open_rows_named(self._connection, farm_id, partly, kinds, keys))

    def apply(self, one: Placed) -> bool:
        """Apply a report; tell whether anything is different now. Raises BaseUnknownError."""
        head = self._heads.get(one.slot_id)
        if head is None:
            self.load(one.farm_id, self._reports[one.slot_id])
            head = self._heads[one.slot_id]
        if head.run is None or one.began > head.run.began:
            return self._append(head, one)
        if lost.is_stretch(head.run) and one.checked.report.full:
            return self._answered_for(head.run, one)
        self.flush()
        del self._heads[one.slot_id]
        return paint.insert(self._connection, one)

    def _answered_for(self, stretch: Run, one: Placed) -> bool:
        """Take a stretch back that nobody knew: the newest state of its part, as the agent has it, is older."""
        self.flush()
        lost.end(self._connection, one.farm_id, stretch)
        slots.note_rewritten(self._connection, one.slot_id)
        self.load(one.farm_id, self._reports[one.slot_id])
        run = self._heads[one.slot_id].run
        if run is not None and run.digest == one.checked.report.digest:
            return True  # what is here is what the agent has; its check-ins say until when
        self.apply(one)
        return True

    def flush(self) -> None:
        """Write what was applied."""
        facts.end(self._connection, self._ended_facts)
        facts.add(self._connection, self._new_facts)
        coverage.end(self._connection, self._ended_runs)
        coverage.add(self._connection, self._new_runs)
        for head in self._heads.values():
            head.row = None
            for held in head.held.values():
                held.row = None
        self._new_facts.clear()
        self._ended_facts.clear()
        for rows in (self._ended_runs, self._new_runs):
            rows.clear()

    def _needs_all(self, slot_id: int, reports: list[Placed]) -> bool:
        run = self._heads[slot_id].run
        if run is not None and run.outcome != OBSERVED:
            return True
        return any(one.checked.report.full or one.checked.report.outcome != OBSERVED for one in reports)

    def _load_runs(self, farm_id: int, slot_ids: Collection[int]) -> None:
        self._heads.update({slot_id: Head() for slot_id in slot_ids})
        for run in coverage.newest(self._connection, farm_id, slot_ids):
            known = run if run.known else coverage.newest_known(self._connection, farm_id, run.slot_id)
            self._heads[run.slot_id] = Head(run=run, known=known)

    def _hold(self, rows: Iterable[HeldRow]) -> None:
        for row in rows:
            self._heads[row.slot_id].held[Identity(row.kind, row.key)] = Held(row.began, bytes(row.digest))

    def _append(self, head: Head, one: Placed) -> bool:
        """Apply the newest report of its slot."""
        changed = self._set_facts(head, one) if one.checked.known else False
        before, report = head.run, one.checked.report
        self._end_run(head, one)
        row = head.row = run_row(one, OPEN)
        self._new_runs.append(row)
        head.run = Run(**{name: row[name] for name in Run._fields})
        head.known = head.run if one.checked.known else head.known
        if before is None:
            return True
        stale_at = before.covered_until + coverage.holds_us(before.cadence_us)
        return changed or (before.outcome, before.reason) != (report.outcome, report.reason) or one.began > stale_at

    def _end_run(self, head: Head, one: Placed) -> None:
        if head.row is not None:
            head.row["ended"] = one.began
        elif head.run is not None:
            name = {"of_farm": one.farm_id, "of_slot": one.slot_id, "of_began": head.run.began}
            self._ended_runs.append({**name, "ends": one.began})

    def _set_facts(self, head: Head, one: Placed) -> bool:
        report, entries = one.checked.report, one.checked.entries
        if report.full:
            gone = [identity for identity in head.held if identity not in entries]
        else:
            gone = self._gone_by_delta(head, one)
        fresh = [
            (identity, value)
            for identity, value in entries.items()
            if (held := head.held.get(identity)) is None or held.digest != value.digest
        ]
        for identity in gone:
            self._end_fact(one, identity, head.held.pop(identity))
        for identity, value in fresh:
            held = head.held.get(identity)
            if held is not None:
                self._end_fact(one, identity, held)
            row = fact_row(one, identity, value.digest, value.data)
            self._new_facts.append(row)
            head.held[identity] = Held(one.began, value.digest, row)
        return bool(gone or fresh)

    def _gone_by_delta(self, head: Head, one: Placed) -> list[Identity]:
        """Return the facts that a delta ends; raises BaseUnknownError when it does not fit."""
        report = one.checked.report
        run, known = head.run, head.known
        if run is not None and run.digest == report.base_digest and run.outcome != OBSERVED:
            gone, count = [i for i in head.held if i not in one.checked.entries], len(one.checked.entries)
        elif known is not None and known.digest == report.base_digest:
            gone = [identity for identity in one.checked.removed if identity in head.held]
            added = sum(identity not in head.held for identity in one.checked.entries)
            count = known.fact_count + added - len(gone)
        else:
            raise BaseUnknownError("base_digest: not of the state before")
        if count != report.fact_count:
            raise BaseUnknownError("fact_count: the change does not add up")
        return gone

    def _end_fact(self, one: Placed, identity: Identity, held: Held) -> None:
        if held.row is not None:
            held.row[ENDED] = one.began
            return
        self._ended_facts.append((one.began, one.farm_id, one.slot_id, *identity, held.began))
