"""What probes have in common: from what a host has seen to a part of a report."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from google.protobuf.message import Message

from farmsight_agent.hosts.host import Host, Seen
from farmsight_agent.normalise.kinds import distinct
from farmsight_agent.outcome import NotObservedError
from farmsight_agent.probe import BlobSink, Part, part_not_observed
from farmsight_wire.v1 import facts_pb2

T = TypeVar("T")
Context = facts_pb2.Context


def with_lines(seen: Seen[T]) -> Iterator[tuple[T, str]]:
    """Yield each value with the file and line it came from, or ""."""
    lines = seen.lines or ("",) * len(seen.values)
    return zip(seen.values, lines, strict=True)


def observe(
    look: Callable[[], Seen[T]],
    wrap: Callable[[T, str], facts_pb2.Fact],
    *,
    part: str = "",
    context: facts_pb2.Context.ValueType = facts_pb2.CONTEXT_UNSPECIFIED,
) -> Part:
    """Return a part with what was seen, or with why it was not."""
    try:
        seen = look()
        facts = distinct(wrap(value, line) for value, line in with_lines(seen))
    except NotObservedError as error:
        return part_not_observed(error, part=part, context=context)
    return Part(part=part, context=context, facts=facts, source=seen.source)


def keep_referred(message: Message, host: Host, blobs: BlobSink) -> None:
    """Keep the bytes that a host's message refers to by hash, so that the collector can ask for them."""
    for field, value in message.ListFields():
        if field.message_type is not None:
            held = value if field.is_repeated else [value]
            for one in held if not field.message_type.GetOptions().map_entry else ():
                keep_referred(one, host, blobs)
        elif field.name in {"blob_sha256", "body_sha256"}:
            data = host.blob(value)
            if data is not None:
                blobs.keep(data)
