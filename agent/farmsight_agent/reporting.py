"""Parts into reports: what is sent whole, what as a change, what not at all."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from google.protobuf.message import Message

from farmsight_agent.clock import timestamp
from farmsight_agent.probe import Part, Probe
from farmsight_wire.v1 import digests, facts_pb2, telemetry_pb2
from farmsight_wire.v1.vocabulary import kind_of

_OBSERVED = telemetry_pb2.PROBE_OUTCOME_OBSERVED


class StateKey(NamedTuple):
    """What a state is of: one part of one probe in one context."""

    probe: str
    part: str
    context: facts_pb2.Context.ValueType


def key_of(report: telemetry_pb2.ProbeReport) -> StateKey:
    """Return what the report speaks of."""
    return StateKey(report.probe, report.part, report.context)


def full_report(
    probe: Probe, part: Part, *, started: datetime, took_s: float, cadence_s: int
) -> telemetry_pb2.ProbeReport:
    """Return the report of a part with all its facts; it carries no sequence yet.

    Raises ValueError when two facts of the part have the same identity, or
    one carries no value.
    """
    entries = {}
    for fact in part.facts:
        identity = (kind_of(fact).name, fact.context, fact.key)
        if identity in entries:
            raise ValueError(f"two facts {identity[0]} {identity[2]!r} in one run")
        entries[identity] = telemetry_pb2.FactEntry(digest=digests.fact_digest(fact), fact=fact)
    report = telemetry_pb2.ProbeReport(
        probe=probe.id,
        part=part.part,
        context=part.context,
        started=timestamp(started),
        outcome=part.outcome,
        reason=part.reason,
        detail=part.detail,
        source=part.source,
        full=True,
        digest=digests.part_digest(part.outcome, part.reason, ((*i, e.digest) for i, e in entries.items())),
        fact_count=len(entries),
        facts=[entries[identity] for identity in sorted(entries)],
        samples=part.samples,
    )
    report.took.FromMicroseconds(round(max(took_s, 0.0) * 1_000_000))
    report.cadence.FromSeconds(cadence_s)
    return report


def delta(base: telemetry_pb2.ProbeReport, new: telemetry_pb2.ProbeReport) -> telemetry_pb2.ProbeReport:
    """Return `new` as a change against `base`, or `new` itself where that is not smaller.

    Both are full reports of the same key. Only what was observed is told as
    a change against what was observed.
    """
    if base.outcome != _OBSERVED or new.outcome != _OBSERVED:
        return new
    before = {_identity(entry.fact): entry.digest for entry in base.facts}
    after = {_identity(entry.fact): entry for entry in new.facts}
    change = telemetry_pb2.ProbeReport()
    change.CopyFrom(new)
    change.full = False
    change.base_digest = base.digest
    del change.facts[:]
    change.facts.extend(entry for identity, entry in after.items() if before.get(identity) != entry.digest)
    change.removed.extend(
        telemetry_pb2.FactIdentity(kind=kind, context=context, key=key)
        for kind, context, key in sorted(before.keys() - after.keys())
    )
    return change if change.ByteSize() < new.ByteSize() else new


def unreportable(state: telemetry_pb2.ProbeReport, reason: str, detail: str) -> telemetry_pb2.ProbeReport:
    """Return a report of the same part and time that says FAILED in place of what was seen."""
    report = telemetry_pb2.ProbeReport()
    report.CopyFrom(state)
    del report.facts[:]
    del report.samples[:]
    report.fact_count = 0
    report.outcome = telemetry_pb2.PROBE_OUTCOME_FAILED
    report.reason, report.detail = reason, detail
    report.digest = digests.part_digest(report.outcome, reason, ())
    return report


def _identity(fact: facts_pb2.Fact) -> tuple[str, facts_pb2.Context.ValueType, str]:
    return kind_of(fact).name, fact.context, fact.key


def blobs_of(report: telemetry_pb2.ProbeReport) -> set[bytes]:
    """Return the SHA-256 of every blob that the report's facts refer to."""
    return {digest for entry in report.facts for digest in _digests(entry.fact)}


def _digests(message: Message) -> Iterator[bytes]:
    for field, value in message.ListFields():
        if field.name.endswith("sha256") and isinstance(value, bytes):
            yield value
        elif field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        elif isinstance(value, Message):
            yield from _digests(value)
        else:
            for item in value:
                yield from _digests(item)


def probe_digest(states: Sequence[telemetry_pb2.ProbeReport]) -> int:
    """Return what a check-in says of a probe whose parts have these states."""
    return digests.probe_digest((state.part, state.context, state.digest) for state in states)
