"""Puts reports that nobody sent into a store, by the very ingest that takes those of agents."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.ingest.apply import Incoming, apply_reports
from farmsight_collector.offline.reading import Captured, Reported
from farmsight_collector.store import agents, blobs
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store
from farmsight_wire.v1 import telemetry_pb2

FARM: Final = "evidence"  # in the store; the farm's own name is found out from what it holds
UNKNOWN_ROLE: Final = "unknown"
_EPOCH: Final = 1
_BEFORE: Final = timedelta(days=1)
# What an earlier capture saw stands where a later one did not look.
_NOT_LOOKED: Final = frozenset(
    {"file-missing", "not-collected", "not-asked", "none-given", "no-tenant-file", "no-accounts", "partial-listing"}
)


def enrol(store: Store, servers: Iterable[Captured], at: datetime) -> dict[str, AgentRow]:
    """Add the servers, each with a voice of its own; returns them by name."""
    with store.write() as connection:
        return {one.name: _voice(connection, one, at) for one in servers}


def _voice(connection: Connection, one: Captured, at: datetime) -> AgentRow:
    began = min((*one.taken, at)) - _BEFORE
    return agents.add_agent(
        connection,
        agent_id=f"evidence:{one.name}",
        farm=FARM,
        server=one.name,
        role=one.role or UNKNOWN_ROLE,
        serial=one.name,
        not_after=at + _BEFORE,
        public_key_sha256=b"",
        at=began,
    )


class Filling:
    """One store on its way to hold all evidence."""

    def __init__(self, store: Store, voices: dict[str, AgentRow]) -> None:
        """Write for these servers."""
        self._store = store
        self._voices = voices
        self._sequence = dict.fromkeys(voices, 0)
        self._kept: set[bytes] = set()
        self._seen: set[tuple[str, str, str, int]] = set()

    def add(self, reported: Reported) -> list[str]:
        """Write one server's reports of one time; returns why any of them could not be taken."""
        voice = self._voices[reported.server]
        batch = [
            Incoming(agent=voice, epoch=_EPOCH, report=one, at=reported.at, received=reported.at)
            for one in self._numbered(reported)
        ]
        with self._store.write() as connection:
            for digest, data in reported.blobs.items():
                if digest not in self._kept:  # servers of one farm hold much the same certificates
                    blobs.put(connection, digest, data, reported.at)
                    self._kept.add(digest)
            applied = apply_reports(connection, batch)
        return [
            f"{reported.server}: {one.report.probe}/{one.report.part}: {result.detail}"
            for one, result in zip(batch, applied, strict=True)
            if result.result != "applied"
        ]

    def _numbered(self, reported: Reported) -> Iterable[telemetry_pb2.ProbeReport]:
        for report in reported.reports:
            place = (reported.server, report.probe, report.part, int(report.context))
            if report.reason in _NOT_LOOKED and place in self._seen:
                continue
            self._seen.add(place)
            self._sequence[reported.server] += 1
            report.sequence = self._sequence[reported.server]
            yield report
