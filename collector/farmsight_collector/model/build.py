"""Builds the farm as of an instant from the store.

What a slot held is cached by the run that said so: a farm in which one part of
one server changed is built again by reading that one part. Facts are parsed
once for each digest, which is of their bytes and checked as they came in.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros, moment
from farmsight_collector.model.cache import SlotState, ViewCache, cache_of
from farmsight_collector.model.view import Coverage, Farm, Held, Server
from farmsight_collector.store import agents, blobs, coverage, facts
from farmsight_collector.store import farms as stored_farms
from farmsight_collector.store.coverage import Run
from farmsight_collector.store.farms import farms
from farmsight_collector.store.slots import SlotRow, slots_of_farm
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES, OUTCOME_NAMES

__all__ = ["farm_as_of", "farms"]

ByKind = dict[str, tuple[Held, ...]]


def farm_as_of(connection: Connection, farm: str, at: datetime) -> Farm:
    """Return the farm as it was known at an instant.

    What no run covers any longer at that instant (two runs missed, and the
    grace over) is stale. A farm that is not here has no servers.
    """
    cache = cache_of(connection.engine)
    farm_id = stored_farms.farm_id(connection, farm)
    if farm_id is None:
        return Farm(name=farm, as_of=at, servers=())
    slots = {slot.id: slot for slot in slots_of_farm(connection, farm_id)}
    runs = coverage.as_of(connection, farm_id, slots.keys(), micros(at))
    states = _states(connection, cache, farm_id, slots, runs, micros(at))
    voices = _voices(connection, farm, at)
    by_server: dict[int, list[Run]] = {}
    for run in runs:
        by_server.setdefault(slots[run.slot_id].server_id, []).append(run)
    servers = []
    for row in stored_farms.servers(connection, farm_id):
        voice = voices.get(row.id)
        if voice is None or (voice.enrolled > at and row.id not in by_server):
            continue
        here = sorted(by_server.get(row.id, ()), key=lambda run: slots[run.slot_id][2:5])
        covered = tuple(_coverage(run, slots[run.slot_id], at) for run in here)
        servers.append(
            Server(
                name=row.name,
                role=row.role,
                coverage=covered,
                facts=_by_kind(states[run.slot_id].named(row.name) for run in here),
                last_seen=_last_seen(voice, covered, at),
                agent_version=voice.version,
            )
        )
    return Farm(name=farm, as_of=at, servers=tuple(servers), blob=blob_reader(connection, cache))


def _states(
    connection: Connection,
    cache: ViewCache,
    farm_id: int,
    slots: Mapping[int, SlotRow],
    runs: Iterable[Run],
    at: int,
) -> dict[int, SlotState]:
    """Return what each slot held, read from the store where it is not in the cache."""
    found: dict[int, SlotState] = {}
    wanted: dict[int, tuple[int, int, int, str]] = {}
    for run in runs:
        key = (run.slot_id, slots[run.slot_id].revision, run.began, run.rank)
        state = cache.slots.get(key)
        if state is None:
            wanted[run.slot_id] = key
        else:
            found[run.slot_id] = state
    if wanted:
        rows: dict[int, list[facts.FactRow]] = {slot_id: [] for slot_id in wanted}
        for row in facts.as_of(connection, farm_id, wanted.keys(), at):
            rows[row.slot_id].append(row)
        for slot_id, key in wanted.items():
            state = SlotState(slots[slot_id].context, rows[slot_id])
            found[slot_id] = state
            cache.slots.put(key, state, len(rows[slot_id]) + 1)
    return found


def _by_kind(states: Iterable[ByKind]) -> ByKind:
    merged: ByKind = {}
    for state in states:
        for kind, held in state.items():
            merged[kind] = merged[kind] + held if kind in merged else held
    return merged


def _voices(connection: Connection, farm: str, at: datetime) -> dict[int, agents.AgentRow]:
    """Return the agent that speaks for each server as of an instant.

    A server whose agent was revoked by then is out of the picture, unless
    another took its place.
    """
    revoked = agents.revoked_at(connection, farm)
    return {
        row.server_id: row for row in agents.agents(connection, farm) if row.id not in revoked or revoked[row.id] > at
    }


def _coverage(run: Run, slot: SlotRow, at: datetime) -> Coverage:
    until = moment(run.covered_until)
    return Coverage(
        probe=slot.probe,
        part=slot.part,
        context=CONTEXT_NAMES[facts_pb2.Context.ValueType(slot.context)],
        outcome=OUTCOME_NAMES[telemetry_pb2.ProbeOutcome.ValueType(run.outcome)],
        reason=run.reason,
        detail=run.detail,
        source=run.source,
        began=moment(run.began),
        covered_until=min(until, at),
        stale=micros(at) > run.covered_until + coverage.holds_us(run.cadence_us),
    )


def _last_seen(agent: agents.AgentRow, covered: Iterable[Coverage], at: datetime) -> datetime | None:
    if agent.last_seen is not None and agent.last_seen <= at:
        return agent.last_seen
    return max((one.covered_until for one in covered), default=None)


def blob_reader(connection: Connection, cache: ViewCache) -> "BlobReader":
    """Return a reader of blobs that also works after the connection was closed."""
    return BlobReader(connection, cache)


class BlobReader:
    """Reads blobs by SHA-256 from the store that a farm was built from."""

    def __init__(self, connection: Connection, cache: ViewCache) -> None:
        """Read through the farm's own connection while it is open."""
        self._connection = connection
        self._engine = connection.engine
        self._cache = cache

    def __call__(self, sha256: bytes) -> bytes | None:
        """Return the bytes, None while they are not here."""
        data = self._cache.blobs.get(sha256)
        if data is None:
            data = self._read(sha256)
            if data is not None:
                self._cache.blobs.put(sha256, data, len(data))
        return data

    def _read(self, sha256: bytes) -> bytes | None:
        if not self._connection.closed:
            return blobs.get(self._connection, sha256)
        with self._engine.connect() as connection:
            return blobs.get(connection, sha256)
