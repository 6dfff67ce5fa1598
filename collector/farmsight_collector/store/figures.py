"""The figures of the samples of one hour or day, and how many of them lie in one row of the store.

A row of hours is of one day, a row of days of eight days: the time of each is
its place in the row, so that nothing but figures takes room. Minimum, mean and
maximum are kept to seven digits. What was worked out before there were
sketches has a 95th percentile and no other quantile: it is kept as it was.
"""

import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from farmsight_collector.store import sketch

_PLACE: Final = struct.Struct("<BH")  # place, bytes of the sketch
_THREE: Final = struct.Struct("<fff")  # minimum, mean, maximum
_BLIND: Final = struct.Struct("<If")  # count and 95th percentile, in place of a sketch
_SAME: Final = struct.Struct("<fH")  # the number and how often, in place of all these
_ONE: Final = struct.Struct("<f")
_IS_BLIND, _IS_SAME, _MOST_SAME = 0xFFFF, 0xFFFE, 0xFFFF
_LARGEST: Final = 3.4e38


class Figures(NamedTuple):
    """Figures of at least one sample; `counts` is a packed sketch, empty where there is none."""

    count: int  # type: ignore[assignment]  # a tuple has a method of this name
    minimum: float
    mean: float
    maximum: float
    counts: bytes
    p95: float = math.nan  # where there is no sketch, and it is known


def of(values: Sequence[float]) -> Figures:
    """Return the figures of at least one value."""
    mean = math.fsum(value / len(values) for value in values)
    low, high = min(values), max(values)
    return Figures(len(values), low, min(max(mean, low), high), high, sketch.packed(sketch.counted(values)))


def merged(parts: Iterable[Figures]) -> Figures | None:
    """Return the figures of all that the parts are of, None for none."""
    held = list(parts)
    if len(held) < 2:
        return held[0] if held else None
    count = sum(one.count for one in held)
    counts: dict[int, int] = {}
    for one in held:
        sketch.add(counts, one.counts)
    return Figures(
        count,
        min(one.minimum for one in held),
        sum(one.mean * (one.count / count) for one in held),
        max(one.maximum for one in held),
        sketch.packed(counts) if all(one.counts for one in held) else b"",
    )


def pack(figures: Mapping[int, Figures]) -> bytes:
    """Return figures by their place in the row as bytes."""
    out = bytearray()
    for place, one in sorted(figures.items()):
        if _is_one_number(one):
            out += _PLACE.pack(place, _IS_SAME) + _SAME.pack(one.minimum, one.count)
            continue
        fits = 0 < len(one.counts) < _IS_SAME  # tens of millions of samples an hour would not
        rest = one.counts if fits else _BLIND.pack(min(one.count, 2**32 - 1), _short(one.p95))
        size = len(one.counts) if fits else _IS_BLIND
        three = _THREE.pack(_short(one.minimum), _short(one.mean), _short(one.maximum))
        out += _PLACE.pack(place, size) + three + rest
    return bytes(out)


def unpack(data: bytes) -> dict[int, Figures]:
    """Return the figures of a row by their place in it."""
    found: dict[int, Figures] = {}
    at = 0
    while at < len(data):
        place, size = _PLACE.unpack_from(data, at)
        at += _PLACE.size
        if size == _IS_SAME:
            value, count = _SAME.unpack_from(data, at)
            found[place] = Figures(count, value, value, value, sketch.packed({sketch.bucket(value): count}))
            at += _SAME.size
            continue
        low, mean, high = _THREE.unpack_from(data, at)
        at += _THREE.size
        if size == _IS_BLIND:
            count, p95 = _BLIND.unpack_from(data, at)
            found[place] = Figures(count, low, mean, high, b"", p95)
            at += _BLIND.size
        else:
            counts = data[at : at + size]
            found[place] = Figures(sketch.total(counts), low, mean, high, counts)
            at += size
    return found


def _is_one_number(one: Figures) -> bool:
    """Tell whether all that these are figures of is one and the same number, as the size of a CRL is for days."""
    if not one.minimum == one.mean == one.maximum or one.count > _MOST_SAME or abs(one.minimum) > _LARGEST:
        return False
    (kept,) = _ONE.unpack(_ONE.pack(one.minimum))
    return one.counts == sketch.packed({sketch.bucket(kept): one.count})


def _short(value: float) -> float:
    return value if math.isnan(value) else max(-_LARGEST, min(value, _LARGEST))
