"""Work that several rules need is done once for each farm view or server, and dropped with it."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

from farmsight_collector.model.view import Farm, Server

V = TypeVar("V", Farm, Server)
T = TypeVar("T")


def per_farm(make: Callable[[Farm], T]) -> Callable[[Farm], T]:
    """Return a function that gives the same result for the same farm view (by identity)."""
    return _once(make)


def per_server(make: Callable[[Server], T]) -> Callable[[Server], T]:
    """Return a function that gives the same result for the same server of a view; it asks nobody else."""
    return _once(make)


def _once(make: Callable[[V], T]) -> Callable[[V], T]:
    @wraps(make)
    def once(of: V) -> T:
        kept = of.worked_out
        if make not in kept:
            kept[make] = make(of)  # two threads that both make it make the same
        return cast("T", kept[make])

    return once
