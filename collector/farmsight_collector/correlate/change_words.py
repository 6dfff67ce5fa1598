"""A change of a fact in one line of words. Text for people; nothing reads it back."""

from typing import Any, Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_collector.model.words import day, describe, enum_word, plain
from farmsight_collector.store.turns import Turn
from farmsight_wire.v1 import facts_pb2

_LONGEST: Final = 300
_OF_ONE: Final = 60  # characters of one field's value
_FIELDS: Final = 4  # of a value that are told apart
_NOT_TOLD: Final = frozenset({"took", "detail"})  # they differ from look to look


def told(turn: Turn) -> str:
    """Return what changed: that something is gone or new, or what of it was another and is now."""
    before = None if turn.before is None else facts_pb2.Fact.FromString(turn.before)
    after = None if turn.after is None else facts_pb2.Fact.FromString(turn.after)
    if before is not None and after is not None:
        said = _apart(before, after)
    else:
        one, word = (before, "gone") if after is None else (after, "new")
        shown = "" if one is None else describe(one)
        said = f"{word}: {shown}" if shown else word
    said = plain(" ".join(said.split()))
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 3]}..."


def _apart(before: facts_pb2.Fact, after: facts_pb2.Fact) -> str:
    """Return the fields that differ, each with what it was and is."""
    kind = after.WhichOneof("value")
    if kind is None or before.WhichOneof("value") != kind:
        return "another value"
    old, new = getattr(before, kind), getattr(after, kind)
    names = [field.name for field in new.DESCRIPTOR.fields if getattr(old, field.name) != getattr(new, field.name)]
    differing = [name for name in names if name not in _NOT_TOLD] or names
    more = f"; and {len(differing) - _FIELDS} more" if len(differing) > _FIELDS else ""
    return "; ".join(_field(old, new, name) for name in differing[:_FIELDS]) + more or "another value"


def _field(old: Any, new: Any, name: str) -> str:  # noqa: ANN401 - any message of the contract
    was, now = _shown(old, name), _shown(new, name)
    if was == now:
        return f"{name} is another"
    return f"{name}: {_short(was, now)} -> {_short(now, was)}"


def _short(text: str, other: str) -> str:
    """Return a long value from shortly before where it begins to differ from the other."""
    if len(text) <= _OF_ONE:
        return text or "(none)"
    apart = next((at for at, (one, two) in enumerate(zip(text, other, strict=False)) if one != two), len(other))
    start = max(0, apart - _OF_ONE // 2)
    end = "..." if len(text) > start + _OF_ONE else ""
    return f"{'...' if start else ''}{text[start : start + _OF_ONE]}{end}"


def _shown(message: Any, name: str) -> str:  # noqa: ANN401 - any message of the contract
    field = message.DESCRIPTOR.fields_by_name[name]
    value = getattr(message, name)
    if field.is_repeated:
        return ", ".join(str(one) for one in value) if field.type != field.TYPE_MESSAGE else f"{len(value)} of them"
    if field.type == field.TYPE_ENUM:
        return enum_word(message, name)
    if field.type == field.TYPE_BYTES:
        return bytes(value).hex()
    if field.type == field.TYPE_MESSAGE:
        return _message(value) if message.HasField(name) else "(none)"
    if field.type == field.TYPE_BOOL:
        return "yes" if value else "no"
    return str(value)


def _message(value: Any) -> str:  # noqa: ANN401 - any message of the contract
    """Return what stands for a message within another; empty where nothing short does."""
    if isinstance(value, Timestamp):
        return day(value)
    if isinstance(value, Duration):
        return f"{value.ToMilliseconds() / 1000:+.0f} s"
    if isinstance(value, facts_pb2.CertificateSummary):
        return value.sha1
    if isinstance(value, facts_pb2.CrlSummary):
        return f"number {value.number or '-'}, next update {day(value.next_update)}"
    return ""
