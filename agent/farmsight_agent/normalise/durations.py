"""How long something took, as a class whose edges are the limits that vendors name."""

from typing import Final

from farmsight_wire.v1 import facts_pb2

_CLASSES: Final = (
    (1_000, facts_pb2.DURATION_CLASS_UNDER_1_S),
    (5_000, facts_pb2.DURATION_CLASS_UNDER_5_S),
    (10_000, facts_pb2.DURATION_CLASS_UNDER_10_S),
    (15_000, facts_pb2.DURATION_CLASS_UNDER_15_S),
    (20_000, facts_pb2.DURATION_CLASS_UNDER_20_S),
)


def duration_class(took_ms: float) -> facts_pb2.DurationClass.ValueType:
    """Return the class of a duration in milliseconds."""
    over = facts_pb2.DURATION_CLASS_OVER_20_S
    return next((name for edge, name in _CLASSES if took_ms < edge), over)
