"""Which blobs a fact names: every field `blob_sha256`, however deep."""

from collections.abc import Iterator
from functools import cache

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from farmsight_wire.v1 import facts_pb2

FIELD = "blob_sha256"
HASH_BYTES = 32


def names_blobs(field: str) -> bool:
    """Tell whether facts with this field as their value can name blobs at all."""
    return field in _LEADING


def blobs_named_by(message: Message) -> Iterator[bytes]:
    """Yield the SHA-256 of each blob that a message names."""
    for name, repeated, nested in _fields(message.DESCRIPTOR):
        if not nested:
            value = getattr(message, name)
            if len(value) == HASH_BYTES:
                yield value
        elif repeated:
            for one in getattr(message, name):
                yield from blobs_named_by(one)
        elif message.HasField(name):
            yield from blobs_named_by(getattr(message, name))


@cache
def _fields(descriptor: Descriptor) -> tuple[tuple[str, bool, bool], ...]:
    """Return (name, repeated, a message) of the fields that lead to a blob's name."""
    found = []
    for field in descriptor.fields:
        if field.name == FIELD:
            found.append((field.name, False, False))
        elif field.type == FieldDescriptor.TYPE_MESSAGE and _leads(field.message_type):
            found.append((field.name, field.is_repeated, True))
    return tuple(found)


@cache
def _leads(descriptor: Descriptor) -> bool:
    return bool(_fields(descriptor))  # messages of facts do not contain themselves


_LEADING = frozenset(name for name, _, _ in _fields(facts_pb2.Fact.DESCRIPTOR))
