"""Applies check-ins: nothing changed, so what is known stays known for longer."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from farmsight_collector.clock import from_timestamp, micros
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.store import coverage, epochs, samples, slots
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.coverage import Run
from farmsight_collector.store.slots import SlotKey
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.digests import probe_digest

SLACK_US = 90_000_000


def apply_check_in(
    connection: Connection,
    agent: AgentRow,
    check_in: telemetry_pb2.CheckIn,
    at: datetime,
    *,
    epoch: int | None = None,
) -> tuple[str, ...]:
    """Extend the coverage of probes that came out as before, and keep the samples.

    `at` is the collector's time of the check-in. Returns the probes whose
    state here is not the agent's: a snapshot of these is needed. With `epoch`,
    the number of a spooled check-in is noted as durable. Raises
    InvalidRequestError.
    """
    if check_in.sequence and epoch is not None and not _noted(connection, agent, epoch, check_in.sequence, at):
        return ()
    try:
        shift = at - from_timestamp(check_in.clock)
    except ValueError as error:
        raise InvalidRequestError("clock: not a time") from error
    samples.add(connection, samples.from_wire(agent, check_in.samples, shift, at))
    if not check_in.ran:
        return ()
    ids = {slot: key for key, slot in slots.slots_of(connection, {agent.server_id}).items()}
    runs: dict[str, list[Run]] = {}
    for run in coverage.newest(connection, agent.farm_id, ids.keys()):
        runs.setdefault(ids[run.slot_id].probe, []).append(run)
    differing = []
    for ran in check_in.ran:
        until = micros(at - timedelta(seconds=ran.seconds_ago))
        same = _matching(runs.get(ran.probe, []), ids, ran.digest, until)
        coverage.extend(connection, agent.farm_id, ((run.slot_id, run.began) for run in same), until)
        if not same:
            differing.append(ran.probe)
    return tuple(dict.fromkeys(differing))


def _noted(connection: Connection, agent: AgentRow, epoch: int, sequence: int, at: datetime) -> bool:
    ledger = epochs.ledger(connection, agent.id, epoch)
    if ledger.has(sequence) or not ledger.takes(sequence):
        return False
    ledger.note(sequence)
    epochs.save(connection, ledger, at)
    return True


def _matching(runs: list[Run], ids: dict[int, SlotKey], digest: int, until: int) -> list[Run]:
    """Return the runs that the digest stands for, none when it stands for others.

    A part that the agent no longer reports (a store that was deleted, an
    account that is gone) goes stale; it is no part of the digest any more.
    """
    fresh = [run for run in runs if not run.cadence_us or _stale_at(run) >= until]
    for some in (runs, fresh):
        if some and probe_digest(_parts(some, ids)) == digest:
            return some
    return []


def _stale_at(run: Run) -> int:
    return run.covered_until + 2 * run.cadence_us + SLACK_US


def _parts(runs: Iterable[Run], ids: dict[int, SlotKey]) -> Iterable[tuple[str, facts_pb2.Context.ValueType, bytes]]:
    for run in runs:
        key = ids[run.slot_id]
        yield key.part, facts_pb2.Context.ValueType(key.context), bytes(run.digest)
