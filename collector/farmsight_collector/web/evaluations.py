"""Farms as of instants with their findings, worked out once for all who ask the same.

Many browsers renew their view when a farm changes. They ask about the same
instant, one of them works it out, the others wait for that.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.clock import Clock
from farmsight_collector.queries.evaluated import Evaluated, evaluated

KEPT: Final = 12  # a time slider goes back and forth over a few
FRESH: Final = timedelta(seconds=5)  # without any change: time itself makes CRLs expire
_Key = tuple[str, datetime, int]


class Evaluations:
    """What was worked out lately; safe from any thread."""

    def __init__(
        self,
        revision: Callable[[str], int],
        clock: Clock,
        work_out: Callable[[Connection, str, datetime], Evaluated] = evaluated,
    ) -> None:
        """`revision` grows whenever facts or findings of a farm change, be it in the past."""
        self._revision = revision
        self._clock = clock
        self._work_out = work_out
        self._lock = threading.Lock()
        self._held: OrderedDict[_Key, Future[Evaluated]] = OrderedDict()
        self._now: dict[str, tuple[int, datetime]] = {}
        self.worked_out = 0  # how often nobody had asked before

    def now(self, farm: str) -> datetime:
        """Return the instant that "now" means: the one asked about a moment ago, if nothing changed since."""
        revision, now = self._revision(farm), self._clock.now()
        with self._lock:
            held = self._now.get(farm)
            if held and held[0] == revision and timedelta() <= now - held[1] < FRESH:
                return held[1]
            self._now[farm] = revision, now
            return now

    def get(self, connection: Connection, farm: str, at: datetime) -> Evaluated:
        """Return a farm and its findings as of an instant. Raises StoreError, and what the rules' engine raises."""
        key = farm, at, self._revision(farm)
        with self._lock:
            known = self._held.get(key)
            mine: Future[Evaluated] = known or Future()
            self._held[key] = mine
            self._held.move_to_end(key)
            while len(self._held) > KEPT:
                self._held.popitem(last=False)
            self.worked_out += known is None
        if known is not None:
            return known.result()
        try:
            found = self._work_out(connection, farm, at)
        except BaseException as error:
            with self._lock:
                self._held.pop(key, None)
            mine.set_exception(error)
            raise
        mine.set_result(found)
        return found
