"""A tenant's answers into the store: as reports of a server that stands for it, by the same ingest."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.clock import timestamp
from farmsight_collector.entra.registration import PROBE, Registration
from farmsight_collector.entra.run import SOURCE, Ran
from farmsight_collector.entra.voice import speaking
from farmsight_collector.ingest.apply import Incoming, apply_check_in, apply_reports
from farmsight_collector.offline import reading
from farmsight_collector.store import agents, blobs
from farmsight_collector.store.agents import AgentRow, Seen
from farmsight_collector.store.engine import Store
from farmsight_wire.v1 import telemetry_pb2
from farmsight_wire.v1.digests import probe_digest
from farmsight_wire.v1.vocabulary import OUTCOME_NAMES

PLATFORM: Final = "Microsoft Graph"
VERSION: Final = "v1.0"  # of Graph, where an agent says its own


@dataclass(frozen=True, kw_only=True)
class PartSaid:
    """What became of one part."""

    part: str
    outcome: str  # as in the vocabulary
    reason: str
    detail: str
    facts: int

    @property
    def known(self) -> bool:
        """Tell whether the part could be looked at."""
        return self.outcome in ("observed", "not_applicable")


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What a run changed."""

    changed: bool
    parts: tuple[PartSaid, ...]


def reports_of(registration: Registration, ran: Ran) -> tuple[list[telemetry_pb2.ProbeReport], dict[bytes, bytes]]:
    """Return a run's reports, one a part, and the blobs that they refer to."""
    reports, held = reading.tenant_reports(
        ran.asked.document, at=ran.began, took_s=ran.took_s, cadence_s=registration.every_s, source=SOURCE
    )
    return reports, dict(held)


def said(reports: list[telemetry_pb2.ProbeReport]) -> tuple[PartSaid, ...]:
    """Return what became of each part."""
    return tuple(
        PartSaid(
            part=one.part,
            outcome=OUTCOME_NAMES[one.outcome],
            reason=one.reason,
            detail=one.detail,
            facts=one.fact_count,
        )
        for one in reports
    )


class Recorder:
    """Writes runs of this process: numbers them in an epoch of its own."""

    def __init__(self, store: Store) -> None:
        """Write to this store."""
        self._store = store
        self._epoch = secrets.randbits(63)
        self._sequence = 0

    def record(self, registration: Registration, ran: Ran, now: datetime) -> Recorded:
        """Write a run; what came out as before costs no more than a check-in. Raises StoreError, GoneError."""
        reports, held = reports_of(registration, ran)
        with self._store.write() as connection:
            voice = speaking(connection, registration)
            changed = not self._as_before(connection, voice, reports, ran)
            refused = self._write(connection, voice, reports, held, ran, now) if changed else {}
            seen = Seen(agent_id=voice.id, at=now, version=VERSION, platform=PLATFORM, clock_offset_us=0)
            agents.mark_seen(connection, [seen])
        return Recorded(changed=changed, parts=tuple(refused.get(one.part, one) for one in said(reports)))

    @staticmethod
    def _as_before(connection: Connection, voice: AgentRow, reports: list[telemetry_pb2.ProbeReport], ran: Ran) -> bool:
        digest = probe_digest((one.part, one.context, one.digest) for one in reports)
        check_in = telemetry_pb2.CheckIn(clock=timestamp(ran.began))
        check_in.ran.add(probe=PROBE, digest=digest, seconds_ago=0)
        return not apply_check_in(connection, voice, check_in, ran.began)

    def _write(
        self,
        connection: Connection,
        voice: AgentRow,
        reports: list[telemetry_pb2.ProbeReport],
        held: dict[bytes, bytes],
        ran: Ran,
        now: datetime,
    ) -> dict[str, PartSaid]:
        """Write the reports; returns the parts that the ingest would not take."""
        for digest, data in held.items():
            blobs.put(connection, digest, data, now)
        batch = []
        for report in reports:
            self._sequence += 1
            report.sequence = self._sequence
            batch.append(Incoming(agent=voice, epoch=self._epoch, report=report, at=ran.began, received=now))
        return {
            one.report.part: PartSaid(
                part=one.report.part, outcome="failed", reason="not-taken", detail=result.detail, facts=0
            )
            for one, result in zip(batch, apply_reports(connection, batch), strict=True)
            if result.result != "applied"
        }
