"""Applies check-ins: nothing changed, so what is known stays known for longer."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy.engine import Connection

from farmsight_collector.clock import from_timestamp, micros
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.ingest.unchanged import Unchanged, head_of
from farmsight_collector.store import coverage, epochs, samples
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.coverage import ProbeRun, holds_us
from farmsight_collector.store.samples import NewSample
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.digests import probe_digest
from farmsight_wire.v1.vocabulary import PROBE_NAMES

_PROBES: Final = frozenset(PROBE_NAMES)


class Arrived(NamedTuple):
    """One check-in, with who sent it and the collector's time of it."""

    agent: AgentRow
    epoch: int | None  # None: whether it came before is not asked
    check_in: telemetry_pb2.CheckIn
    at: datetime


@dataclass(slots=True)
class CheckedIn:
    """What became of one check-in."""

    differing: list[str] = field(default_factory=list)  # probes whose state here is not the agent's
    back: bool = False  # something was stale until now


class _Ran(NamedTuple):
    """One run that has to be held against the store."""

    arrived: Arrived
    answer: CheckedIn
    probe: str
    digest: int
    until: int


def apply_check_in(
    connection: Connection,
    agent: AgentRow,
    check_in: telemetry_pb2.CheckIn,
    at: datetime,
    *,
    epoch: int | None = None,
) -> tuple[str, ...]:
    """Apply one check-in and write all that it says; see `apply_check_ins`."""
    unchanged = Unchanged()
    (answer,) = apply_check_ins(connection, [Arrived(agent, epoch, check_in, at)], unchanged)
    unchanged.write(connection)
    return tuple(answer.differing)


def apply_check_ins(connection: Connection, batch: Sequence[Arrived], unchanged: Unchanged) -> list[CheckedIn]:
    """Keep the samples of check-ins, and take note of probes that came out as before; one answer for each.

    The numbers of spooled check-ins are noted as durable, and their samples
    are kept once. What is still so is owed by `unchanged` afterwards. Of
    probes that differ a snapshot is needed. Raises InvalidRequestError.
    """
    answers = [CheckedIn() for _ in batch]
    new = _not_here_yet(connection, batch)
    samples.add(connection, [one for index in new for one in _samples(batch[index])])
    unsure = [ran for index in new for ran in _unsure(batch[index], answers[index], unchanged)]
    runs = _newest(connection, unsure)
    for ran in unsure:
        agent = ran.arrived.agent
        same = _matching(runs.get((agent.server_id, ran.probe), ()), ran.digest, ran.until)
        if same:
            ran.answer.back |= any(_stale_at(run) < ran.until for run in same)
            unchanged.keep(head_of(agent.farm_id, ran.digest, same), ran.until)
        elif ran.probe not in ran.answer.differing:
            ran.answer.differing.append(ran.probe)
    return answers


def confirmed(one: Arrived, unchanged: Unchanged) -> bool:
    """Take a check-in that brings nothing but what is known; False when it needs the store."""
    check_in = one.check_in
    return not (check_in.sequence or check_in.samples) and not any(_unsure(one, CheckedIn(), unchanged))


def _not_here_yet(connection: Connection, batch: Sequence[Arrived]) -> list[int]:
    """Note the numbers of spooled check-ins; return which of the batch are to be applied."""
    numbered = {(one.agent.id, one.epoch) for one in batch if one.epoch is not None and one.check_in.sequence}
    ledgers = epochs.ledgers(connection, numbered) if numbered else {}
    changed, new = {}, []
    for index, one in enumerate(batch):
        if one.epoch is not None and (sequence := one.check_in.sequence):
            ledger = ledgers[one.agent.id, one.epoch]
            if ledger.has(sequence) or not ledger.takes(sequence):
                continue
            ledger.note(sequence)
            changed[one.agent.id, one.epoch] = ledger
        new.append(index)
    if changed:
        epochs.save_all(connection, changed.values(), max(one.at for one in batch))
    return new


def _samples(one: Arrived) -> Iterator[NewSample]:
    try:
        shift = one.at - from_timestamp(one.check_in.clock)
    except ValueError as error:
        raise InvalidRequestError("clock: not a time") from error
    return samples.from_wire(one.agent, one.check_in.samples, shift, one.at)


def _unsure(one: Arrived, answer: CheckedIn, unchanged: Unchanged) -> Iterator[_Ran]:
    """Yield the runs that are not known to have come out as before."""
    at, server_id = micros(one.at), one.agent.server_id
    for ran in one.check_in.ran:
        until = at - ran.seconds_ago * 1_000_000
        if not unchanged.confirm(server_id, ran.probe, ran.digest, until):
            yield _Ran(one, answer, ran.probe, ran.digest, until)


def _newest(connection: Connection, unsure: Collection[_Ran]) -> dict[tuple[int, str], list[ProbeRun]]:
    probes = {ran.probe for ran in unsure} & _PROBES
    found: dict[tuple[int, str], list[ProbeRun]] = defaultdict(list)
    if probes:
        servers = {ran.arrived.agent.server_id for ran in unsure}
        for run in coverage.newest_of_probes(connection, servers, probes):
            found[run.server_id, run.probe].append(run)
    return found


def _matching(runs: Sequence[ProbeRun], digest: int, until: int) -> Sequence[ProbeRun]:
    """Return the runs that the digest stands for, none when it stands for others.

    A part that the agent no longer reports (a store that was deleted, an
    account that is gone) goes stale; it is no part of the digest any more.
    """
    fresh = [run for run in runs if _stale_at(run) >= until]
    for some in (runs, fresh):
        if some and probe_digest(_parts(some)) == digest:
            return some
    return ()


def _stale_at(run: ProbeRun) -> int:
    return run.covered_until + holds_us(run.cadence_us)


def _parts(runs: Iterable[ProbeRun]) -> Iterable[tuple[str, facts_pb2.Context.ValueType, bytes]]:
    for run in runs:
        yield run.part, facts_pb2.Context.ValueType(run.context), bytes(run.digest)
