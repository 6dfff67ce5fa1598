"""What is different between the farm as of one instant and as of a later one."""

from collections.abc import Iterator
from dataclasses import dataclass

from farmsight_collector.model.view import Farm, Held


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Facts that are only in the later picture, and those only in the earlier one.

    A fact whose value changed is in both. What could not be looked at in
    between is in neither: facts are carried through what is unknown.
    """

    began: tuple[Held, ...]
    ended: tuple[Held, ...]


def difference(earlier: Farm, later: Farm) -> Difference:
    """Return the facts that began and ended from one picture to the other, by server, kind and key."""
    before = {_name(held): held for held in _facts(earlier)}
    after = {_name(held): held for held in _facts(later)}
    return Difference(
        began=tuple(sorted((after[name] for name in after.keys() - before.keys()), key=_order)),
        ended=tuple(sorted((before[name] for name in before.keys() - after.keys()), key=_order)),
    )


def _facts(farm: Farm) -> Iterator[Held]:
    for server in farm.servers:
        for held in server.facts.values():
            yield from held


def _name(held: Held) -> tuple[str, str, str | None, str, bytes]:
    return held.server, held.kind, held.context, held.key, held.digest


def _order(held: Held) -> tuple[str, str, str, str]:
    return held.server, held.kind, held.key, held.context or ""
