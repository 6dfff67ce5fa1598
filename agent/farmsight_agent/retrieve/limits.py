"""The bounds of one retrieval."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from farmsight_agent.clock import Clock


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one retrieval may cost; times in seconds, sizes in bytes.

    `connect_timeout_s` is for one address, `timeout_s` for the wait for the
    next byte, `total_s` for the whole retrieval with its redirects.
    `max_bytes` bounds the body before and after decoding, `max_ratio` how
    many times larger decoding may make it once it is over a megabyte.
    """

    connect_timeout_s: float = 10.0
    timeout_s: float = 15.0
    total_s: float = 60.0
    max_bytes: int = 100 * 1024 * 1024
    max_redirects: int = 5
    max_ratio: int = 100

    def to_json(self) -> dict[str, Any]:
        """Return this as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Limits":
        """Return the limits that `to_json` wrote; raises TypeError for anything else."""
        return cls(**data)


class Deadline:
    """An instant that nothing may outlast."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        """Start now."""
        self._clock = clock
        self._ends = clock.monotonic() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Return the seconds that remain, `at_most` so many; raises TimeoutError when none do."""
        remains = self._ends - self._clock.monotonic()
        if remains <= 0:
            raise TimeoutError("the time for the whole was over")
        return remains if at_most is None else min(remains, at_most)
