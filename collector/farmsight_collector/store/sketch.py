"""How often each size of a number was seen: buckets that grow by a fixed factor.

Two such sketches are merged by adding counts, and a quantile of the merged
one is as good as one of the numbers themselves: within `ERROR` of it. This is
the logarithmic mapping of DDSketch (Masson, Rim, Lee, "DDSketch: a fast and
fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019).
Numbers nearer to zero than `NOTHING` count as zero.
"""

import math
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Final

ERROR: Final = 0.02  # of a quantile, relative to it
NOTHING: Final = 1e-3  # less than a microsecond of a millisecond's series, or a byte's
MOST: Final = 1e15
_GROWTH: Final = math.log((1 + ERROR) / (1 - ERROR))
_FIRST: Final = math.log(NOTHING)
_STEP: Final = 255  # what one pair of bytes holds


def bucket(value: float) -> int:
    """Return the bucket of a finite number: 0 for nothing, negative for negative ones."""
    size = abs(value)
    if size < NOTHING:
        return 0
    place = 1 + math.ceil((math.log(min(size, MOST)) - _FIRST) / _GROWTH)
    return place if value > 0 else -place


def middle(place: int) -> float:
    """Return the number that stands for a bucket: no number in it is farther than `ERROR` from it."""
    if place == 0:
        return 0.0
    size = 2 * math.exp((abs(place) - 1) * _GROWTH + _FIRST) / (1 + math.exp(_GROWTH))
    return size if place > 0 else -size


def counted(values: Iterable[float]) -> dict[int, int]:
    """Return how many of some numbers fall into each bucket."""
    counts: dict[int, int] = {}
    for value in values:
        place = bucket(value)
        counts[place] = counts.get(place, 0) + 1
    return counts


def packed(counts: Mapping[int, int]) -> bytes:
    """Return counts as bytes: the first bucket, then pairs of the way to the next one and the count there."""
    if not counts:
        return b""
    places = sorted(counts)
    out = bytearray(places[0].to_bytes(2, "little", signed=True))
    at = places[0]
    for place in places:
        way, left = place - at, counts[place]
        while way > _STEP:
            out += bytes((_STEP, 0))
            way -= _STEP
        while left > _STEP:
            out += bytes((way, _STEP))
            way, left = 0, left - _STEP
        out += bytes((way, left))
        at = place
    return bytes(out)


def add(counts: MutableMapping[int, int], data: bytes) -> None:
    """Add packed counts to others."""
    if data:
        at = int.from_bytes(data[:2], "little", signed=True)
        pairs = iter(data[2:])
        for way, count in zip(pairs, pairs, strict=True):
            at += way
            if count:  # a mere step on the way has none
                counts[at] = counts.get(at, 0) + count


def total(data: bytes) -> int:
    """Return how many numbers packed counts are of."""
    return sum(data[3::2])


def rank(count: int, part: float) -> int:
    """Return the place, from 0, of a quantile among so many numbers in order."""
    return min(int(count * part), count - 1)


def quantile(counts: Mapping[int, int], part: float) -> float:
    """Return a quantile of at least one number, within `ERROR` of the true one."""
    return quantiles(counts, (part,))[0]


def quantiles(counts: Mapping[int, int], parts: Sequence[float]) -> list[float]:
    """Return several quantiles, the parts in order, of at least one number."""
    count = sum(counts.values())
    wanted = [rank(count, part) for part in parts]
    found: list[float] = []
    seen = 0
    for place in sorted(counts):
        seen += counts[place]
        while len(found) < len(wanted) and seen > wanted[len(found)]:
            found.append(middle(place))
    return found
