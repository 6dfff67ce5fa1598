"""Since when a finding is there, told by the captures before the newest: absence has no fact that could date it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from farmsight_collector.offline.reading import Captured
from farmsight_collector.rules.engine import Evaluation, Finding

_ONE_GO: Final = timedelta(hours=12)
_MOST: Final = 12  # goes that are looked back over


@dataclass(frozen=True, kw_only=True)
class Go:
    """When the servers were captured in one go: from the first to the last."""

    began: datetime
    ended: datetime


def goes(servers: Iterable[Captured], at: datetime) -> list[Go]:
    """Return the times at which evidence was taken up to an instant, oldest first; hours apart is one go."""
    times = sorted({when for one in servers for when in one.taken if when <= at})
    found: list[Go] = []
    for when in times:
        if found and when - found[-1].ended <= _ONE_GO:
            found[-1] = Go(began=found[-1].began, ended=when)
        else:
            found.append(Go(began=when, ended=when))
    return found


def dated(
    now: Evaluation, servers: Iterable[Captured], at: datetime, judged: Callable[[datetime], Evaluation]
) -> Evaluation:
    """Return the evaluation with each finding dated by the captures that did not show it yet.

    `judged` evaluates the farm as of an instant.
    """
    taken = {one.name: one.taken for one in servers}
    pairs = list(pairwise(goes(servers, at)))[-_MOST:]
    earlier = [(judged(before.ended), after) for before, after in reversed(pairs)]
    return replace(now, findings=tuple(_dated(one, earlier, taken) for one in now.findings))


def _dated(
    finding: Finding, earlier: Iterable[tuple[Evaluation, Go]], taken: Mapping[str, Sequence[datetime]]
) -> Finding:
    since = finding.since
    for before, after in earlier:
        held = next((one for one in before.findings if one.id == finding.id), None)
        if held is None:
            if not any(one.code == finding.rule.code for one in before.unknown):
                since = max(when for when in (finding.since, _seen(finding, after, taken)) if when is not None)
            break
        since = min((when for when in (since, held.since) if when is not None), default=None)
    return replace(finding, since=since)


def _seen(finding: Finding, go: Go, taken: Mapping[str, Sequence[datetime]]) -> datetime:
    """Return when the first of a finding's servers was captured in a go."""
    times = [when for one in finding.servers for when in taken.get(one, ()) if go.began <= when <= go.ended]
    return min(times, default=go.began)
