"""In which order findings are told: causes first, and what each of them brings about after all of them.

A cause weighs as much as the worst that it brings about: a warning that
explains why sign-in fails now comes before an error that stands alone. Among
equals the wider one is first: the farm as a whole, then more servers, then
more symptoms.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from farmsight_collector.rules.engine import Finding


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return folded findings in the order of attention; symptoms follow in the order of their causes."""
    held = tuple(findings)
    below: dict[str | None, list[Finding]] = defaultdict(list)
    for one in held:
        below[one.caused_by].append(one)
    weights = {one.id: _weight(one, below) for one in below[None]}
    causes = sorted(below[None], key=lambda one: (*weights[one.id], one.rule.code, one.subject))
    symptoms = (one for cause in causes for one in sorted(_effects(cause, below), key=_plain))
    return (*causes, *symptoms)


def _weight(cause: Finding, below: dict[str | None, list[Finding]]) -> tuple[int, int, bool, int, int]:
    effects = list(_effects(cause, below))
    worst = max(one.severity for one in (cause, *effects))
    return -worst, -cause.severity, bool(cause.servers), -len(cause.servers), -len(effects)


def _effects(cause: Finding, below: dict[str | None, list[Finding]]) -> Iterator[Finding]:
    """Yield all that lies under a cause, at any depth: folding makes no circles."""
    for one in below.get(cause.id, ()):
        yield one
        yield from _effects(one, below)


def _plain(one: Finding) -> tuple[int, str, str]:
    return -one.severity, one.rule.code, one.subject
