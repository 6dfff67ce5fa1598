"""A trend that a few odd points do not bend: the median of the slopes between all pairs of points, with its spread.

Theil, "A rank-invariant method of linear and polynomial regression analysis"
(1950); Sen, "Estimates of the regression coefficient based on Kendall's tau"
(JASA 63, 1968), from whom the interval is, too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Final

MOST: Final = 200  # points: twenty thousand pairs
_NORMAL_95: Final = 1.959964  # of a normal distribution 95 % lie within so many deviations


@dataclass(frozen=True, kw_only=True)
class Trend:
    """A line through points, and between which slopes the true one lies with 95 % confidence."""

    slope: float
    least: float
    most: float
    x: float  # the middle of the points, through which all these lines go
    y: float
    points: int

    @property
    def rises(self) -> bool:
        """Tell whether it rises beyond doubt."""
        return self.least > 0

    @property
    def falls(self) -> bool:
        """Tell whether it falls beyond doubt."""
        return self.most < 0

    def at(self, x: float) -> float:
        """Return the value of the line."""
        return self.y + self.slope * (x - self.x)

    def reaches(self, value: float) -> tuple[float, float, float | None]:
        """Return where a rising or falling line has a value, where at the earliest, and at the latest (None: never)."""
        way = value - self.y
        steep, flat = (self.most, self.least) if self.slope > 0 else (self.least, self.most)
        latest = self.x + way / flat if flat * self.slope > 0 else None
        return self.x + way / self.slope, self.x + way / steep, latest


def trend(points: Sequence[tuple[float, float]]) -> Trend | None:
    """Return the trend of points, the last `MOST` of them; None for less than three, or where all have one x."""
    kept = sorted(points)[-MOST:]
    slopes = sorted((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(kept, 2) if x2 != x1)
    if len(kept) < 3 or not slopes:
        return None
    slope = median(slopes)
    x = median(x for x, _ in kept)
    away = _NORMAL_95 * math.sqrt(_variance([y for _, y in kept]))
    low = max(math.floor((len(slopes) - away) / 2), 0)
    high = min(math.ceil((len(slopes) + away) / 2), len(slopes) - 1)
    return Trend(
        slope=slope,
        least=slopes[low],
        most=slopes[high],
        x=x,
        y=median(y - slope * (at - x) for at, y in kept),
        points=len(kept),
    )


def _variance(values: Sequence[float]) -> float:
    """Return the variance of Kendall's S; equal values lessen it (Sen 1968, equation 2.6)."""
    ties: dict[float, int] = {}
    for value in values:
        ties[value] = ties.get(value, 0) + 1
    count = len(values)
    tied = sum(n * (n - 1) * (2 * n + 5) for n in ties.values())
    return (count * (count - 1) * (2 * count + 5) - tied) / 18
