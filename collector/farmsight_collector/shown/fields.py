"""A message of the contract as lines of text, for people who compare two of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_collector.model.words import enum_word

MOST: Final = 200  # lines of one message
DEEP: Final = 6
LONG: Final = 600  # characters of one value


@dataclass(frozen=True, kw_only=True)
class Line:
    """One field on both sides; empty: it is not told there."""

    name: str
    one: str
    other: str

    @property
    def differs(self) -> bool:
        """Tell whether both sides do not say the same."""
        return self.one != self.other


def flat(message: Message) -> dict[str, str]:
    """Return the fields that are told, by their names, those of messages within as OUTER.INNER; at most `MOST`."""
    found: dict[str, str] = {}
    for name, text in _flat(message, "", 0):
        if len(found) >= MOST:
            break
        found[name] = text if len(text) <= LONG else f"{text[: LONG - 1]}\N{HORIZONTAL ELLIPSIS}"
    return found


def side_by_side(one: Message | None, other: Message | None) -> list[Line]:
    """Return the fields of two messages beside each other, those that differ first."""
    mine, theirs = flat(one) if one is not None else {}, flat(other) if other is not None else {}
    lines = [Line(name=n, one=mine.get(n, ""), other=theirs.get(n, "")) for n in dict.fromkeys((*mine, *theirs))]
    return sorted(lines, key=lambda line: not line.differs)


def _flat(message: Message, before: str, depth: int) -> Iterator[tuple[str, str]]:
    for field, value in message.ListFields():
        name = before + field.name.replace("_", " ")
        if field.is_repeated:
            yield from _many(message, field, value, name, depth)
        elif field.type == field.TYPE_MESSAGE and not isinstance(value, Timestamp | Duration):
            if depth < DEEP:
                yield from _flat(value, f"{name}: ", depth + 1)
        else:
            yield name, _text(message, field, value)


def _many(message: Message, field: Any, values: Any, name: str, depth: int) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - a descriptor, and a container
    if field.type != field.TYPE_MESSAGE:
        yield name, ", ".join(_text(message, field, one) for one in values[:50])
    elif depth < DEEP:
        for number, one in enumerate(values[:20], start=1):
            yield from _flat(one, f"{name} {number}: ", depth + 1)


def _text(message: Message, field: Any, value: Any) -> str:  # noqa: ANN401 - a descriptor, and any value
    if field.type == field.TYPE_ENUM:
        if not field.is_repeated:
            return enum_word(message, field.name)
        known = field.enum_type.values_by_number.get(value)
        return known.name.lower() if known is not None else str(value)
    if field.type == field.TYPE_BYTES:
        return bytes(value).hex()
    if field.type == field.TYPE_BOOL:
        return "yes" if value else "no"
    if isinstance(value, Timestamp):
        return value.ToDatetime(tzinfo=UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, Duration):
        return f"{value.ToMilliseconds() / 1000:g} s"
    return str(value)
