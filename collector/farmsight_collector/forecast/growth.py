"""When something that grows crosses a limit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from farmsight_collector.forecast.expected import Expected, day
from farmsight_collector.forecast.slopes import Trend, trend
from farmsight_collector.rules.limits import Limit

FEWEST: Final = 8  # points: fewer show a trend by chance
SHORTEST: Final = timedelta(days=7)
FARTHEST: Final = timedelta(days=400)  # as long as facts are kept: beyond it the past says nothing
LARGEST_GAP: Final = 0.5  # of the time between the first point and the last
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Grown:
    """What is asked about: values at instants, and the limit in the same unit."""

    of: str
    key: str
    unit: str
    values: Sequence[tuple[datetime, float]]
    limit: Limit
    bound: float
    now: datetime
    server: str = ""
    context: str | None = None


def crossing(grown: Grown) -> Expected:
    """Return when the limit is crossed by the trend of the values, or why that can't be told."""
    last = grown.values[-1][1] if grown.values else 0.0
    about = Expected(
        of=grown.of, key=grown.key, state="none", says="", server=grown.server, context=grown.context,
        value=last, unit=grown.unit, limit=grown.bound, limit_used=_limit(grown), points=len(grown.values),
    )  # fmt: skip
    if last >= grown.bound:
        return replace(
            about, state="now", says=f"{_said(last, grown.unit)} now, beyond {_said(grown.bound, grown.unit)}"
        )
    lacking = _lacking(grown.values)
    if lacking:
        return replace(about, says=f"no forecast, because {lacking}", why=lacking)
    points = [((at - grown.now) / _DAY, value) for at, value in grown.values]
    found = trend(points)
    assert found is not None  # there are enough points of different instants
    about = replace(about, per_day=found.slope, least_per_day=found.least, most_per_day=found.most, points=found.points)
    return _judged(about, found, grown)


def _judged(about: Expected, found: Trend, grown: Grown) -> Expected:
    spread = f"{_said(found.least, grown.unit)} to {_said(found.most, grown.unit)} a day"
    why = f"median of the slopes between {found.points} points since {day(grown.values[0][0])}: {spread}"
    if found.falls:
        return replace(about, state="not-expected", says="not expected: it gets less", why=why)
    if not found.rises:
        return replace(about, state="not-expected", says="not expected: no trend that chance does not explain", why=why)
    at, earliest, latest = found.reaches(grown.bound)
    if at > FARTHEST / _DAY:
        return replace(about, state="not-expected", says=f"not within {FARTHEST.days} days", why=why)
    when, soonest = grown.now + _ahead(at), grown.now + _ahead(earliest)
    last = None if latest is None or latest > FARTHEST / _DAY else grown.now + _ahead(latest)
    until = f"and {day(last)}" if last else "and never"
    says = f"beyond {_said(grown.bound, grown.unit)} about {day(when)} (between {day(soonest)} {until})"
    return replace(about, state="expected", says=says, why=why, at=when, earliest=soonest, latest=last)


def _ahead(days: float) -> timedelta:
    return max(days, 0.0) * _DAY


def _limit(grown: Grown) -> str:
    limit = grown.limit
    return f"{_said(grown.bound, grown.unit)} ({limit.name}; {limit.source}, {limit.date})"


def _lacking(values: Sequence[tuple[datetime, float]]) -> str:
    """Return why values carry no forecast, empty when they do."""
    if len(values) < FEWEST:
        return f"{len(values)} points are fewer than {FEWEST}"
    times = sorted(at for at, _ in values)
    span = times[-1] - times[0]
    if span < SHORTEST:
        return f"the points are of {span / _DAY:.1f} days, fewer than {SHORTEST.days}"
    widest = max(after - before for before, after in pairwise(times))
    if widest > span * LARGEST_GAP:
        return f"{widest / _DAY:.0f} of the {span / _DAY:.0f} days between the first point and the last are a gap"
    return ""


def _said(value: float, unit: str) -> str:
    if unit == "bytes":
        for name, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
            if abs(value) >= size:
                return f"{value / size:.3g} {name}"
    if unit == "ms" and abs(value) >= 1000:
        return f"{value / 1000:.3g} s"
    return f"{value:.3g} {unit}"
