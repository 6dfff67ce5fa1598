"""Work that several rules need is done once for each farm view, and dropped with it."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

from farmsight_collector.model.view import Farm

T = TypeVar("T")


def per_farm(make: Callable[[Farm], T]) -> Callable[[Farm], T]:
    """Return a function that gives the same result for the same farm view (by identity)."""

    @wraps(make)
    def once(farm: Farm) -> T:
        kept = farm.worked_out
        if make not in kept:
            kept[make] = make(farm)  # two threads that both make it make the same
        return cast("T", kept[make])

    return once
