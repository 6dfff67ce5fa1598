"""Applies reports to the store: many in one transaction, each exactly once in effect.

Nothing here commits: the caller's transaction does, and only then may the
agent be told that its reports are durable.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from sqlalchemy.engine import Connection

from farmsight_collector.clock import from_timestamp, micros
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.ingest.check_in import apply_check_in
from farmsight_collector.ingest.checked import Checked, checked
from farmsight_collector.ingest.place import BaseUnknownError, Placed
from farmsight_collector.ingest.timeline import Timelines
from farmsight_collector.store import blobs, epochs, farms, samples, slots
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.blob_names import blobs_named_by, names_blobs
from farmsight_collector.store.slots import SlotKey
from farmsight_wire.v1 import telemetry_pb2
from farmsight_wire.v1.vocabulary import KIND_BY_NAME

__all__ = ["Applied", "Incoming", "apply_check_in", "apply_reports"]

Result = Literal["applied", "duplicate", "base-unknown", "invalid"]
TOO_MANY_SLOTS: Final = "part: this server has too many"


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """One report, with who sent it and the collector's time of it."""

    agent: AgentRow
    epoch: int
    report: telemetry_pb2.ProbeReport
    at: datetime  # when the run started, corrected to the collector's clock
    received: datetime


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What became of one report. Whatever it is: its number is durable after the commit."""

    sequence: int
    result: Result
    detail: str = ""
    changed: bool = False  # the picture of the farm is not the same as before
    missing_blobs: tuple[bytes, ...] = ()  # named by its facts, not here, to be asked for


def apply_reports(connection: Connection, batch: Sequence[Incoming]) -> list[Applied]:
    """Apply reports in their order within the caller's transaction; one answer for each.

    A report that can't be taken changes nothing but the note that it came.
    Raises StoreError (StoreFullError) when the store fails: then nothing of
    the batch was done.
    """
    farms.lock_servers(connection, {one.agent.server_id for one in batch})
    run = _Batch(connection, batch)
    answers = [run.apply(index) for index in range(len(batch))]
    run.finish()
    return run.with_missing_blobs(answers)


class _Batch:
    """One transaction's worth of reports."""

    def __init__(self, connection: Connection, batch: Sequence[Incoming]) -> None:
        self._connection = connection
        self._batch = batch
        self._ledgers = epochs.ledgers(connection, {(one.agent.id, one.epoch) for one in batch})
        self._checked = [self._check(one) for one in batch]
        self._timelines = Timelines(connection)
        self._placed = self._place()
        self._samples: list[samples.NewSample] = []

    def apply(self, index: int) -> Applied:
        """Apply one report of the batch."""
        one, found = self._batch[index], self._checked[index]
        sequence, ledger = one.report.sequence, self._ledgers[one.agent.id, one.epoch]
        if not ledger.takes(sequence):
            return Applied(sequence=sequence, result="invalid", detail="sequence: out of range")
        if ledger.has(sequence):
            return Applied(sequence=sequence, result="duplicate")
        ledger.note(sequence)
        placed = self._placed.get(index)
        if isinstance(found, str) or placed is None:
            detail = found if isinstance(found, str) else TOO_MANY_SLOTS
            return Applied(sequence=sequence, result="invalid", detail=detail)
        try:
            changed = self._timelines.apply(placed)
        except BaseUnknownError as error:
            return Applied(sequence=sequence, result="base-unknown", detail=str(error))
        self._keep_samples(one)
        return Applied(sequence=sequence, result="applied", changed=changed)

    def finish(self) -> None:
        """Write all that was applied."""
        self._timelines.flush()
        samples.add(self._connection, self._samples)
        if self._batch:
            received = max(one.received for one in self._batch)
            epochs.save_all(self._connection, self._ledgers.values(), received)

    def with_missing_blobs(self, answers: list[Applied]) -> list[Applied]:
        """Return the answers with the blobs to ask for, which are also remembered."""
        named = {
            index: set(_named(found))
            for index, (answer, found) in enumerate(zip(answers, self._checked, strict=True))
            if answer.result == "applied" and not isinstance(found, str)
        }
        all_named: set[bytes] = set().union(*named.values())
        missing = blobs.missing(self._connection, all_named)
        if all_named:
            blobs.mention(self._connection, all_named - missing, max(one.received for one in self._batch))
        if not missing:
            return answers
        completed = []
        for index, answer in enumerate(answers):
            hashes = tuple(sorted(named.get(index, set()) & missing))
            blobs.want(self._connection, self._batch[index].agent.server_id, hashes)
            completed.append(replace(answer, missing_blobs=hashes) if hashes else answer)
        return completed

    def _check(self, one: Incoming) -> Checked | str:
        try:
            if self._ledgers[one.agent.id, one.epoch].has(one.report.sequence):
                return "a duplicate is not looked into"
            return checked(one.report)
        except InvalidRequestError as error:
            return str(error)

    def _place(self) -> dict[int, Placed]:
        keys = {
            index: _slot_key(one)
            for index, (one, found) in enumerate(zip(self._batch, self._checked, strict=True))
            if not isinstance(found, str)
        }
        ids = self._slot_ids(keys)
        placed: dict[int, Placed] = {}
        by_farm: dict[int, list[Placed]] = {}
        for index, key in keys.items():
            one, found = self._batch[index], self._checked[index]
            if key in ids and not isinstance(found, str):
                rank = f"{one.epoch:016x}{one.report.sequence:016x}"
                here = Placed(one.agent.farm_id, ids[key], micros(one.at), rank, found)
                placed[index] = here
                by_farm.setdefault(here.farm_id, []).append(here)
        for farm_id, some in by_farm.items():
            self._timelines.load(farm_id, some)
        return placed

    def _slot_ids(self, keys: dict[int, SlotKey]) -> dict[SlotKey, int]:
        server_ids = {key.server_id for key in keys.values()}
        ids = slots.slots_of(self._connection, server_ids)
        new = {key: self._batch[index].agent.farm_id for index, key in keys.items() if key not in ids}
        if not new:
            return ids
        counts = Counter(key.server_id for key in ids)
        by_farm: dict[int, list[SlotKey]] = {}
        for key, farm_id in new.items():
            counts[key.server_id] += 1
            if counts[key.server_id] <= slots.SLOTS_OF_A_SERVER:
                by_farm.setdefault(farm_id, []).append(key)
        for farm_id, some in by_farm.items():
            slots.add_slots(self._connection, farm_id, some)
        return slots.slots_of(self._connection, server_ids)

    def _keep_samples(self, one: Incoming) -> None:
        if one.report.samples:
            started = from_timestamp(one.report.started)
            found = samples.from_wire(one.agent, one.report.samples, one.at - started, one.received)
            self._samples.extend(found)


def _slot_key(one: Incoming) -> SlotKey:
    report = one.report
    return SlotKey(one.agent.server_id, report.probe, report.part, report.context)


def _named(found: Checked) -> Iterable[bytes]:
    for identity, value in found.entries.items():
        field = KIND_BY_NAME[identity.kind].field
        if names_blobs(field):
            yield from blobs_named_by(getattr(value.fact, field))
