"""What the last evaluation of each farm saw, kept until it is asked for."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from farmsight_collector.export.prometheus.farm import lines_of
from farmsight_collector.export.prometheus.lines import Lines
from farmsight_collector.model.cache import FACTS_KEPT
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.engine import Evaluation

FORGOTTEN_AFTER: Final = timedelta(minutes=10)  # another collector evaluates the farm now, and tells of it


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The series of one farm, and where to look for what the store adds to them."""

    farm: str
    at: datetime
    lines: Lines


class Noted:
    """The last evaluation of each farm; safe from any thread.

    Views are kept as they are, because most are replaced before anybody asks.
    Beyond as many facts as the views' cache holds, a farm that was evaluated
    longer ago is worked out at once and its view let go.
    """

    def __init__(self, work_out: Callable[[Farm, Evaluation], Lines] = lines_of, room: int = FACTS_KEPT) -> None:
        """Know of no farm."""
        self._work_out = work_out
        self._room = room
        self._weight = 0
        self._views: OrderedDict[str, tuple[Farm, Evaluation, int]] = OrderedDict()
        self._seen: dict[str, Seen] = {}
        self._lock = threading.Lock()

    def note(self, farm: Farm, evaluation: Evaluation) -> None:
        """Keep an evaluation in the place of the one before."""
        weight = sum(map(_facts, farm.servers))
        with self._lock:
            self._drop(farm.name)
            self._views[farm.name] = (farm, evaluation, weight)
            self._weight += weight
            while self._weight > self._room:
                self._settle(next(iter(self._views)))

    def seen(self, now: datetime) -> list[Seen]:
        """Return what there is of every farm, by name; one that was not evaluated for long is forgotten."""
        with self._lock:
            for name in list(self._views):
                self._settle(name)
            for name in [name for name, one in self._seen.items() if one.at < now - FORGOTTEN_AFTER]:
                del self._seen[name]
            return [self._seen[name] for name in sorted(self._seen)]

    def _settle(self, name: str) -> None:
        farm, evaluation, weight = self._views.pop(name)
        self._weight -= weight
        self._seen[name] = Seen(farm=name, at=farm.as_of, lines=self._work_out(farm, evaluation))

    def _drop(self, name: str) -> None:
        _, _, weight = self._views.pop(name, (None, None, 0))
        self._weight -= weight


def _facts(server: Server) -> int:
    return sum(map(len, server.facts.values()))
