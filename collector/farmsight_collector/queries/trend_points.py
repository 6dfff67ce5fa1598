"""Points of equal width over a span. A point in which nothing is known is a gap, not a zero."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import mul
from typing import Final, NamedTuple

from farmsight_collector.clock import micros, moment
from farmsight_collector.store import sketch
from farmsight_collector.store.figures import Figures
from farmsight_collector.store.measured import SAMPLES
from farmsight_collector.store.samples import DAY_US, HOUR_US

PARTS: Final = (0.05, 0.5, 0.95)
FINE: Final = timedelta(days=4)  # up to which samples are read, where they are here
_HOURS: Final = (1, 2, 3, 4, 6)
_SLICES: Final = 8  # of a slope, for quantiles over time


class Point(NamedTuple):
    """Figures of one point; without quantiles where only hours and days from before there were any are known."""

    at: datetime
    count: int = 0  # type: ignore[assignment]  # a tuple has a method of this name
    minimum: float = 0.0
    p05: float = 0.0
    p50: float = 0.0
    mean: float = 0.0
    p95: float = 0.0
    maximum: float = 0.0
    known: float = 0.0
    quantiles: bool = True


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A span in points: begin and width in microseconds; what is read for it, by its width."""

    begin: int
    end: int
    width: float
    count: int
    unit: int

    @property
    def until(self) -> int:
        """Return where the last point ends."""
        return round(self.begin + self.width * self.count)

    def place(self, at: int) -> int:
        """Return the point that an instant lies in."""
        return min(int((at - self.begin) / self.width), self.count - 1)

    def starts(self) -> Iterator[int]:
        """Yield where each point begins."""
        return (int(self.begin + index * self.width) for index in range(self.count))


def framed(begin: datetime, end: datetime, count: int, coarsest: int) -> Frame:
    """Return a span in about `count` points, whose borders are those of the hours or days that are read for it."""
    first, last = micros(begin), micros(end)
    unit = max(_unit(last - first, count), coarsest)
    if unit == SAMPLES:
        return plain(begin, end, count)
    width = _even(-(-(last - first) // (count * unit)), unit) * unit
    first = first // unit * unit
    return Frame(begin=first, end=last, width=width, count=-(-(last - first) // width), unit=unit)


def plain(begin: datetime, end: datetime, count: int) -> Frame:
    """Return a span in `count` points, where nothing has borders of its own."""
    first, last = micros(begin), micros(end)
    return Frame(begin=first, end=last, width=(last - first) / count, count=count, unit=SAMPLES)


def _even(units: int, unit: int) -> int:
    """Return hours that divide a day, or whole days: else day and night would fall into points by chance."""
    if unit == DAY_US:
        return units
    return next((one for one in _HOURS if one >= units), -(-units // 24) * 24)


def _unit(span: int, count: int) -> int:
    if span <= FINE // timedelta(microseconds=1):
        return SAMPLES
    return DAY_US if span >= count * DAY_US else HOUR_US


@dataclass(slots=True)
class _Heap:
    values: list[float] = field(default_factory=list)
    figures: list[Figures] = field(default_factory=list)


def of_samples(
    samples: Iterable[tuple[int, float]], figures: Iterable[tuple[int, Figures]], frame: Frame
) -> Iterator[Point]:
    """Yield the points of samples and of the figures of others, each with the figures of all in it."""
    heaps: dict[int, _Heap] = {}
    for at, value in samples:
        heaps.setdefault(frame.place(at), _Heap()).values.append(value)
    for at, one in figures:
        heaps.setdefault(frame.place(at), _Heap()).figures.append(one)
    for index, start in enumerate(frame.starts()):
        heap = heaps.get(index)
        yield Point(moment(start)) if heap is None else _point(moment(start), heap)


def _point(at: datetime, heap: _Heap) -> Point:
    if not heap.figures:
        return of_values(at, heap.values)
    values, parts = heap.values, heap.figures
    counts = [part.count for part in parts]
    count = len(values) + sum(counts)
    whole = sum(values) + sum(map(mul, counts, [part.mean for part in parts]))
    low = min([*values, *[part.minimum for part in parts]])
    high = max([*values, *[part.maximum for part in parts]])
    mean = _within(whole / count, low, high)
    sketches = [part.counts for part in parts]
    if b"" in sketches:
        alone = parts[0].p95 if len(parts) == 1 and not values else high
        return Point(at, count, low, mean, mean, mean, alone, high, 1.0, quantiles=False)
    p05, p50, p95 = sketch.merged_quantiles(sketches, values, PARTS)
    return Point(
        at, count, low, _within(p05, low, high), _within(p50, low, high), mean, _within(p95, low, high), high, 1.0
    )


def _within(value: float, low: float, high: float) -> float:
    return low if value < low else min(value, high)


def of_values(at: datetime, values: Sequence[float]) -> Point:
    """Return the point of at least one number, with exact figures."""
    held, count = sorted(values), len(values)
    mean = min(max(sum(one / count for one in held), held[0]), held[-1])
    p05, p50, p95 = (held[sketch.rank(count, part)] for part in PARTS)
    return Point(at, count, held[0], p05, p50, mean, p95, held[-1], 1.0)


class Stretch(NamedTuple):
    """A time, in microseconds, in which a value was known: the same throughout, or falling or rising evenly."""

    begin: int
    end: int
    first: float
    last: float


def of_stretches(stretches: Iterable[Stretch], frame: Frame) -> Iterator[Point]:
    """Yield the points of what held over time: figures weighted by time, and how much of each point is known."""
    pieces: dict[int, list[Stretch]] = {}
    for one in stretches:
        if one.end <= max(one.begin, frame.begin):
            continue
        for index in range(frame.place(max(one.begin, frame.begin)), frame.place(max(one.end - 1, frame.begin)) + 1):
            piece = _cut(one, int(frame.begin + index * frame.width), int(frame.begin + (index + 1) * frame.width))
            if piece.end > piece.begin:
                pieces.setdefault(index, []).append(piece)
    for index, start in enumerate(frame.starts()):
        its = pieces.get(index)
        yield Point(moment(start)) if its is None else _weighed(moment(start), its, frame.width)


def _cut(one: Stretch, begin: int, end: int) -> Stretch:
    first, last = max(one.begin, begin), min(one.end, end)
    slope = (one.last - one.first) / (one.end - one.begin)
    return Stretch(first, last, one.first + slope * (first - one.begin), one.first + slope * (last - one.begin))


def _weighed(at: datetime, pieces: Sequence[Stretch], width: float) -> Point:
    known = sum(one.end - one.begin for one in pieces)
    mean = sum((one.first + one.last) / 2 * (one.end - one.begin) for one in pieces) / known
    slices = sorted(_sliced(pieces))
    low = min(min(one.first, one.last) for one in pieces)
    high = max(max(one.first, one.last) for one in pieces)
    p05, p50, p95 = (_over_time(slices, known * part) for part in PARTS)
    return Point(at, len(pieces), low, p05, p50, min(max(mean, low), high), p95, high, min(1.0, known / width))


def _sliced(pieces: Iterable[Stretch]) -> Iterator[tuple[float, float]]:
    for one in pieces:
        parts = 1 if one.first == one.last else _SLICES
        for index in range(parts):
            value = one.first + (one.last - one.first) * (index + 0.5) / parts
            yield value, (one.end - one.begin) / parts


def _over_time(slices: Sequence[tuple[float, float]], wanted: float) -> float:
    seen = 0.0
    for value, weight in slices:
        seen += weight
        if seen > wanted:
            return value
    return slices[-1][0]


def of_events(events: Sequence[int], seen: Iterable[Stretch], frame: Frame) -> Iterator[Point]:
    """Yield how many events lie in each point; a point in which none would have been seen is a gap."""
    counts: dict[int, int] = {}
    for at in events:
        counts[frame.place(at)] = counts.get(frame.place(at), 0) + 1
    for index, point in enumerate(of_stretches(seen, frame)):
        number = counts.get(index, 0)
        if point.count or number:
            value = float(number)
            yield Point(point.at, max(point.count, 1), value, value, value, value, value, value, point.known)
        else:
            yield point
