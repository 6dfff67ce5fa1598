"""Reports as an agent makes them, and agents to send them."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from farmsight_collector.clock import timestamp
from farmsight_collector.ingest.apply import Incoming
from farmsight_collector.store import agents
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.digests import fact_digest, part_digest

START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
OBSERVED = telemetry_pb2.PROBE_OUTCOME_OBSERVED
EPOCH = 0xFEDC_BA98_7654_3210  # over 63 bits, as half of all random epochs are
KIND = "schannel-setting"


def enrolled(store: Store, *, farm: str = "sts.contoso.com", server: str | None = None, role: str = "wap") -> AgentRow:
    """Add an agent for a server, one of its own unless it is named."""
    identity = str(uuid.uuid4())
    with store.write() as connection:
        return agents.add_agent(
            connection,
            agent_id=identity,
            farm=farm,
            server=server or f"S{identity[:8].upper()}",
            role=role,
            serial=identity,
            not_after=START + timedelta(days=7),
            public_key_sha256=b"k" * 32,
            at=START - timedelta(days=1),
        )


def setting(key: str, number: int) -> facts_pb2.Fact:
    """Return a small fact: a Schannel setting."""
    return facts_pb2.Fact(key=key, schannel_setting=facts_pb2.SchannelSetting(name=key, number=number))


def entry(fact: facts_pb2.Fact) -> telemetry_pb2.FactEntry:
    """Return the fact with its digest."""
    return telemetry_pb2.FactEntry(digest=fact_digest(fact), fact=fact)


def state_digest(state: Mapping[str, int]) -> bytes:
    """Return the digest of a state of Schannel settings."""
    return digest_of([setting(key, number) for key, number in state.items()], KIND)


def digest_of(facts: Iterable[facts_pb2.Fact], kind: str) -> bytes:
    """Return the part digest of observed facts of one kind."""
    return part_digest(OBSERVED, "", [(kind, one.context, one.key, fact_digest(one)) for one in facts])


def full(sequence: int, state: Mapping[str, int], at: datetime = START) -> telemetry_pb2.ProbeReport:
    """Return a full report of Schannel settings."""
    report = _report(sequence, at)
    report.full = True
    report.digest = state_digest(state)
    report.fact_count = len(state)
    report.facts.extend(entry(setting(key, number)) for key, number in state.items())
    return report


def delta(
    sequence: int, before: Mapping[str, int], after: Mapping[str, int], at: datetime = START
) -> telemetry_pb2.ProbeReport:
    """Return the change from one state of Schannel settings to another."""
    report = _report(sequence, at)
    report.base_digest = state_digest(before)
    report.digest = state_digest(after)
    report.fact_count = len(after)
    changed = {key: number for key, number in after.items() if before.get(key) != number}
    report.facts.extend(entry(setting(key, number)) for key, number in changed.items())
    report.removed.extend(telemetry_pb2.FactIdentity(kind=KIND, key=key) for key in before if key not in after)
    return report


def unknown(sequence: int, reason: str = "access-denied", at: datetime = START) -> telemetry_pb2.ProbeReport:
    """Return the report of a run that was denied."""
    report = _report(sequence, at)
    report.full = True
    report.outcome = telemetry_pb2.PROBE_OUTCOME_DENIED
    report.reason = reason
    report.digest = part_digest(report.outcome, reason, ())
    return report


def incoming(agent: AgentRow, report: telemetry_pb2.ProbeReport, at: datetime, epoch: int = EPOCH) -> Incoming:
    """Return the report as the collector takes it, begun at `at`."""
    return Incoming(agent=agent, epoch=epoch, report=report, at=at, received=at + timedelta(seconds=1))


def _report(sequence: int, at: datetime) -> telemetry_pb2.ProbeReport:
    report = telemetry_pb2.ProbeReport(
        sequence=sequence, probe="schannel", outcome=OBSERVED, source="fake", started=timestamp(at)
    )
    report.cadence.FromSeconds(900)
    return report
