"""What one server has of a thing, in parts: those that are another on another server stand out."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from farmsight_wire.v1 import query_pb2

COMMA: Final = ", "


@dataclass(frozen=True, kw_only=True)
class Value:
    """What one server has: state is present, absent, unknown or not applicable."""

    state: str
    parts: tuple[tuple[str, bool], ...]  # of its words, each with whether another server's differ in it
    odd: bool

    @property
    def text(self) -> str:
        """Return its words."""
        return COMMA.join(part for part, _ in self.parts)


def said(values: Iterable[query_pb2.ComparedValue]) -> list[AbstractSet[str]]:
    """Return the parts that each server has which has any."""
    return [frozenset(text.split(COMMA)) for text in {one.text for one in values if one.state == "present"}]


def value(one: query_pb2.ComparedValue, others: Sequence[AbstractSet[str]]) -> Value:
    """Return what one server has; `others` as of `said`."""
    parts = one.text.split(COMMA) if one.state == "present" else []
    return Value(
        state=one.state,
        parts=tuple((part, any(part not in other for other in others)) for part in parts),
        odd=one.odd,
    )
