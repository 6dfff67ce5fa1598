"""The wrapping of a typed value into a Fact."""

from hashlib import sha256
from typing import Final

from google.protobuf.message import Message

from farmsight_wire.v1 import facts_pb2

# Every kind of fact has a message of its own, so the type names the field.
_FIELD_BY_TYPE: Final = {
    field.message_type.full_name: field.name
    for field in facts_pb2.Fact.DESCRIPTOR.oneofs_by_name["value"].fields
    if field.message_type is not None
}

LONGEST_KEY: Final = 2000  # bytes; a collector refuses a report with a longer one, with all that is in it
_KEPT: Final = 1900


def fact(
    value: Message,
    key: str,
    *,
    context: facts_pb2.Context.ValueType = facts_pb2.CONTEXT_UNSPECIFIED,
    asked_by: facts_pb2.ContextProof | None = None,
    source: str = "",
) -> facts_pb2.Fact:
    """Return a fact around a value of one of the contract's kinds.

    `source` is the file and line it was read from ("evidence:FILE:LINE"),
    where it was read from a file. Raises KeyError for a type that is no kind.
    """
    made = facts_pb2.Fact(context=context, key=bounded(key), source=source)
    if asked_by is not None:
        made.asked_by.CopyFrom(asked_by)
    getattr(made, _FIELD_BY_TYPE[value.DESCRIPTOR.full_name]).CopyFrom(value)
    return made


def bounded(key: str) -> str:
    """Return a key, one that is too long by its beginning and its digest: it still is that of this thing alone."""
    data = key.encode()
    if len(data) <= LONGEST_KEY:
        return key
    return f"{data[:_KEPT].decode(errors='ignore')}#{sha256(data).hexdigest()}"
