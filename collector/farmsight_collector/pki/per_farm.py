"""Work that several rules need is done once for each farm view, and dropped with it."""

import threading
import weakref
from collections.abc import Callable
from functools import wraps
from typing import Final, TypeVar

from farmsight_collector.model.view import Farm

T = TypeVar("T")
_KEPT: Final = 8  # views under evaluation at one time


def per_farm(make: Callable[[Farm], T]) -> Callable[[Farm], T]:
    """Return a function that gives the same result for the same farm view (by identity)."""
    kept: list[tuple[weakref.ref[Farm], T]] = []
    lock = threading.Lock()

    @wraps(make)
    def once(farm: Farm) -> T:
        with lock:
            for reference, result in kept:
                if reference() is farm:
                    return result
        made = make(farm)
        with lock:
            kept[:] = [(r, t) for r, t in kept if r() is not None][-(_KEPT - 1) :]
            kept.append((weakref.ref(farm), made))
        return made

    return once
