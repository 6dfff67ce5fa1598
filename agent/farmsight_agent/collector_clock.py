"""How far this clock is from the collector's, learnt from answered round trips."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CollectorOffset:
    """This server's clock minus the collector's, and how sure that is: half the round trip, in seconds."""

    offset_s: float
    uncertainty_s: float
    at: float  # monotonic seconds when it was measured


class CollectorClock:
    """Written by the uplink, read by the clock probe; both may be on threads of their own."""

    def __init__(self) -> None:
        """Start knowing nothing."""
        self._lock = threading.Lock()
        self._latest: CollectorOffset | None = None

    def answered(self, *, sent: float, received: float, theirs: float, round_trip_s: float, at: float) -> None:
        """Note one round trip: our wall clock at sending and receiving, theirs between the two.

        `sent`, `received` and `theirs` are seconds since 1970; `round_trip_s`
        and `at` come from the monotonic clock. A round trip during which our
        own wall clock was set is not used.
        """
        if abs((received - sent) - round_trip_s) > 0.5 or round_trip_s < 0:
            return
        offset = CollectorOffset(offset_s=(sent + received) / 2 - theirs, uncertainty_s=round_trip_s / 2, at=at)
        with self._lock:
            self._latest = offset

    def offset(self) -> CollectorOffset | None:
        """Return the latest measurement, or None when the collector never answered."""
        with self._lock:
            return self._latest
