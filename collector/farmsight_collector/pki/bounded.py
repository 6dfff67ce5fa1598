"""A cache that never grows over its bound, for results that follow from bytes alone."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """Least recently used goes first; safe for several threads."""

    def __init__(self, limit: int, *, weight: int | None = None) -> None:
        """Hold at most `limit` results, and of those at most what weighs `weight` together."""
        self._limit = limit
        self._heaviest = weight
        self._weight = 0
        self._held: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K, make: Callable[[], V], *, weigh: int = 0) -> V:
        """Return the result held under the key, made now if it is not held; `weigh` is what it then weighs."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key][0]
        made = make()
        with self._lock:
            self._weight += weigh - self._held.get(key, (None, 0))[1]
            self._held[key] = (made, weigh)
            while len(self._held) > self._limit or self._too_heavy():
                self._weight -= self._held.popitem(last=False)[1][1]
        return made

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()
            self._weight = 0

    def peek(self, key: K) -> V | None:
        """Return the result held under the key, None when it is not held."""
        with self._lock:
            held = self._held.get(key)
            return None if held is None else held[0]

    def _too_heavy(self) -> bool:
        return self._heaviest is not None and self._weight > self._heaviest and len(self._held) > 1
