"""How often each size of a number was seen: buckets that grow by a fixed factor.

Two such sketches are merged by adding counts, and a quantile of the merged
one is as good as one of the numbers themselves: within `ERROR` of it. This is
the logarithmic mapping of DDSketch (Masson, Rim, Lee, "DDSketch: a fast and
fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019).
Numbers nearer to zero than `NOTHING` count as zero.
"""

import itertools
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from functools import cache
from operator import itemgetter
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


@cache
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
    if not data:
        return
    places = itertools.accumulate(data[2::2], initial=int.from_bytes(data[:2], "little", signed=True))
    next(places)
    if not counts and 0 not in data[3:]:  # each bucket once, as in most: nothing to add up
        counts.update(zip(places, data[3::2], strict=True))
        return
    for place, count in zip(places, data[3::2], strict=True):
        if count:  # a mere step on the way has none
            counts[place] = counts.get(place, 0) + count


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
    """Return several quantiles of at least one number, within `ERROR` of the true ones."""
    return _quantiles(sorted(counts.items()), parts)


def merged_quantiles(sketches: Iterable[bytes], values: Iterable[float], parts: Sequence[float]) -> list[float]:
    """Return the same of all that packed counts are of, and of other numbers: at least one altogether."""
    pairs = list(counted(values).items())
    for data in sketches:
        places = itertools.accumulate(data[2::2], initial=int.from_bytes(data[:2], "little", signed=True))
        next(places)
        pairs += zip(places, data[3::2], strict=True)
    pairs.sort()  # of a few rows that are in order already
    return _quantiles(pairs, parts)


def _quantiles(pairs: Sequence[tuple[int, int]], parts: Sequence[float]) -> list[float]:
    seen = list(itertools.accumulate(map(itemgetter(1), pairs)))
    return [middle(pairs[bisect_right(seen, rank(seen[-1], part))][0]) for part in parts]
