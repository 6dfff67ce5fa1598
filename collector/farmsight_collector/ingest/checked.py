"""A probe report as the contract wants it, or the reason why it is not.

All that is checked here is what a sender could get wrong, by mistake or on
purpose; whether a delta fits the store is decided when it is applied.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, NamedTuple

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from farmsight_collector.clock import from_timestamp
from farmsight_collector.errors import InvalidRequestError
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.digests import fact_digest, part_digest
from farmsight_wire.v1.vocabulary import (
    CONTEXT_NAMES,
    KIND_BY_NAME,
    KINDS,
    OUTCOME_NAMES,
    PROBE_NAMES,
    part_of,
)

KEY_BYTES: Final = 2000  # an index row of PostgreSQL holds 2,704 bytes
PART_BYTES: Final = 200
DIGEST_BYTES: Final = 32
LONGEST_CADENCE_S: Final = 400 * 86_400
KNOWN: Final = (telemetry_pb2.PROBE_OUTCOME_OBSERVED, telemetry_pb2.PROBE_OUTCOME_NOT_APPLICABLE)


class Identity(NamedTuple):
    """What makes a fact the same fact within a slot."""

    kind: str
    key: str


class Value(NamedTuple):
    """What is so: the digest, the serialised fact, and the fact."""

    digest: bytes
    data: bytes
    fact: facts_pb2.Fact


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A report that keeps the contract."""

    report: telemetry_pb2.ProbeReport
    known: bool  # the run could look (observed or not applicable)
    entries: dict[Identity, Value]
    removed: frozenset[Identity]


def checked(report: telemetry_pb2.ProbeReport) -> Checked:
    """Return the report with its facts by identity; raises InvalidRequestError that names the field."""
    _check_head(report)
    entries = _entries(report)
    removed = frozenset(_removed(report, one) for one in report.removed)
    if removed & entries.keys():
        raise InvalidRequestError("removed: names a fact that is also in facts")
    if report.full:
        _check_full(report, entries)
    return Checked(report=report, known=report.outcome in KNOWN, entries=entries, removed=removed)


def _check_head(report: telemetry_pb2.ProbeReport) -> None:
    _want(report.probe in PROBE_NAMES, "probe: no such probe")
    _want(len(report.part.encode()) <= PART_BYTES and "\0" not in report.part, "part: too long")
    _want(report.context in CONTEXT_NAMES, "context: not of this contract")
    _want(report.outcome in OUTCOME_NAMES, "outcome: not of this contract")
    _want(len(report.digest) == DIGEST_BYTES, "digest: not 32 bytes")
    _want(report.full or len(report.base_digest) == DIGEST_BYTES, "base_digest: not 32 bytes")
    _want(0 <= report.cadence.seconds <= LONGEST_CADENCE_S, "cadence: out of range")
    try:
        from_timestamp(report.started)
    except ValueError as error:
        raise InvalidRequestError("started: not a time") from error
    if report.outcome != telemetry_pb2.PROBE_OUTCOME_OBSERVED:
        _want(not report.facts, "facts: the outcome says that none were seen")


def _check_full(report: telemetry_pb2.ProbeReport, entries: dict[Identity, Value]) -> None:
    _want(not report.removed, "removed: a full report removes nothing")
    _want(report.fact_count == len(entries), "fact_count: not the number of facts")
    named = ((one.kind, report.context, one.key, value.digest) for one, value in entries.items())
    _want(part_digest(report.outcome, report.reason, named) == report.digest, "digest: not of these facts")


def _entries(report: telemetry_pb2.ProbeReport) -> dict[Identity, Value]:
    """Return the facts by identity. Runs once for each fact that comes in: what it calls is few."""
    entries: dict[Identity, Value] = {}
    context, sha256 = report.context, hashlib.sha256
    fields = {kind.field: kind for kind in KINDS if kind.probe == report.probe}
    for entry in report.facts:
        fact = entry.fact
        key, field = fact.key, fact.WhichOneof("value")
        kind = fields.get(field)  # type: ignore[arg-type] # None is no field's name
        if kind is None:
            raise InvalidRequestError("facts: one carries no value of a kind of this probe")
        if not key or len(key) > KEY_BYTES or len(key.encode()) > KEY_BYTES or "\0" in key:
            raise InvalidRequestError("facts: a key is empty, too long or holds NUL")
        if part_of(kind, key) != report.part or fact.context != context:
            raise InvalidRequestError("facts: one is of another part or context")
        data = fact.SerializeToString(deterministic=True)
        digest = fact_digest(fact) if fact.source else sha256(data).digest()  # the same, less to do
        if digest != entry.digest and not _holds_unknown_fields(fact):
            raise InvalidRequestError("facts: a digest is not of its fact")
        entries[Identity(kind.name, key)] = Value(entry.digest, data, fact)
    _want(len(entries) == len(report.facts), "facts: one twice")
    return entries


def _holds_unknown_fields(message: Message) -> bool:
    """Tell whether a newer agent said something that this contract has no field for.

    Unknown fields are kept, but written again behind the known ones: such a
    fact may have other bytes here than there, and its digest is taken as it is.
    """
    if len(UnknownFieldSet(message)):
        return True
    return any(
        _holds_unknown_fields(one)
        for field, value in message.ListFields()
        if field.message_type is not None and not field.message_type.GetOptions().map_entry
        for one in (value if field.is_repeated else (value,))
    )


def _removed(report: telemetry_pb2.ProbeReport, one: telemetry_pb2.FactIdentity) -> Identity:
    kind = KIND_BY_NAME.get(one.kind)
    if kind is None or kind.probe != report.probe:
        raise InvalidRequestError("removed: a kind is not of this probe")
    _want(one.context == report.context, "removed: one is of another context")
    return Identity(one.kind, one.key)


def _want(holds: bool, otherwise: str) -> None:
    if not holds:
        raise InvalidRequestError(otherwise)
