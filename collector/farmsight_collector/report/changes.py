"""What changed between an earlier look at a farm and the one that is reported."""

from collections.abc import Sequence
from dataclasses import dataclass

from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.shown.differences import FactChange, FindingChange, difference_between


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is different now from what was so then."""

    then: str
    servers: tuple[str, ...]  # that were looked at more than once
    opened: tuple[FindingChange, ...]
    closed: tuple[FindingChange, ...]
    facts: tuple[FactChange, ...]


def changes(before: Evaluated | None, now: Evaluated, servers: Sequence[str]) -> Changes | None:
    """Return what changed on these servers; None where there is nothing earlier."""
    if before is None:
        return None
    found = difference_between(before, now, servers)
    return Changes(
        then=before.farm.as_of.strftime("%Y-%m-%d %H:%MZ"),
        servers=tuple(servers),
        opened=found.opened,
        closed=found.closed,
        facts=found.facts,
    )
