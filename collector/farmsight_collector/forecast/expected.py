"""What is expected of one thing, in one sentence that says what it rests on, or why nothing can be said."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

# now: it is so; expected: at an instant; not-expected: the figures speak against it; none: they do not carry a word.
State = Literal["now", "expected", "not-expected", "none"]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """One forecast. `at` lies between `earliest` and `latest`; a latest of None may be never."""

    of: str  # crl-size, crl-time, publication, cache
    key: str
    state: State
    says: str
    why: str = ""
    server: str = ""
    context: str | None = None
    at: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    value: float = 0.0
    per_day: float = 0.0
    least_per_day: float = 0.0
    most_per_day: float = 0.0
    unit: str = ""
    limit: float = 0.0
    limit_used: str = ""
    points: int = 0

    @property
    def order(self) -> tuple[object, ...]:
        """Return what forecasts are told by: what is so, what comes first, then what is not to come."""
        rank = ("now", "expected", "not-expected", "none").index(self.state)
        return rank, self.at or datetime.max.replace(tzinfo=UTC), self.of, self.key, self.server, self.context or ""


def day(at: datetime) -> str:
    """Return a day for people."""
    return f"{at:%Y-%m-%d}"


def minute(at: datetime) -> str:
    """Return an instant for people."""
    return f"{at:%Y-%m-%d %H:%M}Z"
