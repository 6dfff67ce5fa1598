"""Digests that both sides must compute alike.

Every variable-length item is preceded by its length (unsigned 32-bit, big
endian), so that no two different inputs are ever joined into the same bytes.
"""

import hashlib
import struct
from collections.abc import Iterable

from farmsight_wire.v1 import facts_pb2, telemetry_pb2

_LENGTH = struct.Struct(">I")
_NUMBER = struct.Struct(">i")
_FIRST_EIGHT = struct.Struct("<Q")


def fact_digest(fact: facts_pb2.Fact) -> bytes:
    """Return the SHA-256 of the fact's deterministic serialised form, without the line it was read from.

    A line more at the top of a file moves every fact below it; it changes none of them.
    """
    if fact.source:
        told, fact = fact, facts_pb2.Fact()
        fact.CopyFrom(told)
        fact.ClearField("source")
    return hashlib.sha256(fact.SerializeToString(deterministic=True)).digest()


def part_digest(
    outcome: telemetry_pb2.ProbeOutcome.ValueType,
    reason: str,
    entries: Iterable[tuple[str, facts_pb2.Context.ValueType, str, bytes]],
) -> bytes:
    """Return the SHA-256 over a part's outcome, reason and facts.

    `entries` are (kind, context, key, fact digest), in any order.
    """
    joined = [_NUMBER.pack(outcome), _text(reason)]
    for kind, context, key, digest in sorted(entries):
        joined += (_text(kind), _NUMBER.pack(context), _text(key), digest)
    return hashlib.sha256(b"".join(joined)).digest()


def probe_digest(parts: Iterable[tuple[str, facts_pb2.Context.ValueType, bytes]]) -> int:
    """Return what a check-in says of a probe: 64 bits over all its parts.

    `parts` are (part, context, part digest), in any order. The value is the
    first eight bytes of a SHA-256, little endian.
    """
    joined = b"".join(_text(part) + _NUMBER.pack(context) + digest for part, context, digest in sorted(parts))
    first: int = _FIRST_EIGHT.unpack_from(hashlib.sha256(joined).digest())[0]
    return first


def _text(value: str) -> bytes:
    data = value.encode()
    return _LENGTH.pack(len(data)) + data
