"""What changed between the captures before the newest ones and these."""

from dataclasses import dataclass

from farmsight_collector.offline.analysis import Analysis
from farmsight_collector.shown.differences import FactChange, FindingChange, difference_between


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is different now from what was so then."""

    then: str
    servers: tuple[str, ...]  # that were captured more than once
    opened: tuple[FindingChange, ...]
    closed: tuple[FindingChange, ...]
    facts: tuple[FactChange, ...]


def changes(analysis: Analysis) -> Changes | None:
    """Return what changed; None where no server was captured more than once."""
    if analysis.before is None:
        return None
    names = tuple(one.name for one in analysis.servers if len(one.taken) > 1)
    found = difference_between(analysis.before, analysis.picture, names)
    return Changes(
        then=analysis.before.farm.as_of.strftime("%Y-%m-%d %H:%MZ"),
        servers=names,
        opened=found.opened,
        closed=found.closed,
        facts=found.facts,
    )
