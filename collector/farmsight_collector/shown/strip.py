"""A line of time as a picture's shapes: where each begins and how wide it is, in hundredths of the width.

Positions are per cent, so that an SVG without a viewBox fits any width and
its texts keep their size.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LEAST: Final = 0.3  # per cent; what is shorter is still seen
_STEPS: Final = tuple(
    timedelta(**step)
    for step in (
        {"minutes": 5}, {"minutes": 15}, {"hours": 1}, {"hours": 3}, {"hours": 6}, {"hours": 12}, {"days": 1},
        {"days": 2}, {"days": 7}, {"days": 14}, {"days": 30}, {"days": 90}, {"days": 365}, {"days": 1825},
    )
)  # fmt: skip
_EPOCH: Final = datetime.fromisoformat("2001-01-01T00:00:00+00:00")  # a Monday


@dataclass(frozen=True, kw_only=True)
class Scale:
    """From a begin to an end."""

    begin: datetime
    end: datetime

    def at(self, when: datetime) -> float:
        """Return where an instant stands: 0 at the begin, 100 at the end, never outside."""
        part = (when - self.begin) / (self.end - self.begin)
        return round(100 * min(max(part, 0.0), 1.0), 2)

    def inside(self, when: datetime | None) -> bool:
        """Tell whether an instant is within."""
        return when is not None and self.begin <= when <= self.end

    def bar(self, begin: datetime, end: datetime) -> tuple[float, float]:
        """Return where what lasts from one instant to another begins, and how wide it is."""
        left, right = self.at(begin), self.at(end)
        return min(left, 100 - LEAST), round(max(right - left, LEAST), 2)


@dataclass(frozen=True, kw_only=True)
class Tick:
    """One mark of an axis."""

    at: float
    text: str


def ticks(scale: Scale, most: int = 8) -> tuple[Tick, ...]:
    """Return marks at round instants, not more than so many."""
    length = scale.end - scale.begin
    step = next((one for one in _STEPS if length / one <= most), length / most)
    form = "%H:%M" if step < timedelta(hours=12) else "%m-%d" if step < timedelta(days=90) else "%Y-%m"
    first = _EPOCH + -(-(scale.begin - _EPOCH) // step) * step
    return tuple(Tick(at=scale.at(when), text=_text(when, form)) for when in _from(first, step, scale.end))


def _text(when: datetime, form: str) -> str:
    return when.strftime("%m-%d" if form == "%H:%M" and not when.hour and not when.minute else form)


def _from(first: datetime, step: timedelta, end: datetime) -> Iterator[datetime]:
    when = first
    while when <= end:
        yield when
        when += step


def widest(starts: Iterable[datetime | None], otherwise: datetime) -> datetime:
    """Return the earliest of those that are known."""
    return min((one for one in starts if one is not None), default=otherwise)
