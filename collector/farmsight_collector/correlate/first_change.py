"""The first change that preceded a finding and is of what it stands on. Nothing is guessed where history ends.

The change that brought a finding about is found by asking its rule: just
before that instant it did not hold, and from then on it did. What came
shortly before, on its servers, and is known to bear on such facts (a proxy
on what can be fetched, a service on what listens) is then told in its place.
Where nothing changed but the time, or no one looked before, there is none.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, Protocol

from farmsight_collector.correlate.change_words import told
from farmsight_collector.rules.engine import Evaluation, Finding, FirstChange
from farmsight_collector.store.turns import Turn

SHORTLY: Final = timedelta(hours=1)  # a retrieval is asked for anew each 15 minutes, and a service may take its time
INSTANTS: Final = 12  # at which something turned, that are looked back over
AWAY: Final = timedelta(days=7)  # of which no one knows, and after which nothing is told of before
_TICK: Final = timedelta(microseconds=1)

# What can bring about a change of facts of a kind, on the same server, by what Windows and AD FS do. The kinds that
# have a line here say how something went; the others say how something is set.
UPSTREAM: Final[dict[str, frozenset[str]]] = {
    "retrieval": frozenset({"proxy-setting"}),
    "chain-verdict": frozenset({"store-certificate", "retrieval", "proxy-setting"}),
    "listener": frozenset({"service", "url-reservation", "tls-binding", "ip-listen", "port-exclusion"}),
    "url-registration": frozenset({"service", "url-reservation", "port-exclusion"}),
    "tls-endpoint": frozenset(
        {"service", "tls-binding", "url-reservation", "listener", "schannel-setting", "store-certificate", "ip-listen"}
    ),
    "wap-configuration": frozenset({"service", "tls-binding", "wap-trust-certificate", "proxy-setting"}),
    "adfs-sync": frozenset({"service", "adfs-certificate"}),
}

History = Callable[[Finding, frozenset[str]], Sequence[Turn]]  # what turned of some kinds until now, the last first


class Past(Protocol):
    """The farm as it was, as far as a finding's rule is concerned."""

    def held(self, finding: Finding, at: datetime) -> bool | None:
        """Tell whether the finding held as of an instant; None where no one can tell."""

    def seen(self, finding: Finding, at: datetime) -> datetime:
        """Return until when, before an instant, all that the rule reads of the finding's servers was looked at."""


def preceded(evaluation: Evaluation, history: History, past: Past) -> Evaluation:
    """Return the evaluation with the first change of each cause, and since when it holds where that is told."""
    return replace(evaluation, findings=tuple(_preceded(one, history, past) for one in evaluation.findings))


def kinds_of(finding: Finding) -> frozenset[str]:
    """Return the kinds of facts whose changes are looked at: those that the rule reads, and what bears on them."""
    kinds = set(finding.rule.reads)
    for kind in finding.rule.reads:
        kinds |= UPSTREAM.get(kind, frozenset())
    return frozenset(kinds)


def _preceded(finding: Finding, history: History, past: Past) -> Finding:
    if finding.caused_by is not None:
        return finding
    turned = history(finding, kinds_of(finding))
    began = _began(finding, [one for one in turned if one.kind in finding.rule.reads], past)
    if began is None:
        return finding
    first = _first(finding, turned, *began)
    change = FirstChange(
        server=first.server, kind=first.kind, context=first.context, key=first.key, at=first.at, text=told(first)
    )
    return replace(finding, first_change=change, since=began[1])


def _began(finding: Finding, turned: Iterable[Turn], past: Past) -> tuple[datetime, datetime] | None:
    """Return when the finding was last known not to hold, and the instant at which it was seen to hold."""
    instants = [at for at, _ in groupby(turned, key=lambda one: one.at)]
    for at in instants[:INSTANTS]:
        if past.held(finding, at) is not True:
            return None  # it began later, when nothing turned: time has passed
        well = _last_well(finding, at, past)
        if well is not None:
            return well, at
    return None


def _last_well(finding: Finding, at: datetime, past: Past) -> datetime | None:
    """Return an instant before `at` when it did not hold; None where it did, or where no one could tell for long."""
    before = at - _TICK
    held = past.held(finding, before)
    if held is None:  # an agent was away: what did it see last?
        before = min(before, past.seen(finding, before))
        held = past.held(finding, before) if at - before <= AWAY else None
    return before if held is False else None


def _first(finding: Finding, turned: Sequence[Turn], well: datetime, at: datetime) -> Turn:
    """Return what is told: the earliest upstream on the same server, else the nearest of what turned since then."""
    reads = finding.rule.reads
    direct = min((one for one in turned if well < one.at <= at and one.kind in reads), key=_nearness(finding))
    bearing = UPSTREAM.get(direct.kind, frozenset())
    upstream = [one for one in turned if one.kind in bearing and _bears_on(one, direct)]
    return min(upstream, key=lambda one: one.at, default=direct)


def _bears_on(one: Turn, direct: Turn) -> bool:
    same = one.server == direct.server and (None in (one.context, direct.context) or one.context == direct.context)
    return same and direct.at - SHORTLY <= one.at <= direct.at


def _nearness(finding: Finding) -> Callable[[Turn], tuple[object, ...]]:
    keys = {(one.kind, one.key) for one in finding.evidence}
    reads = {kind: place for place, kind in enumerate(finding.rule.reads)}

    def order(one: Turn) -> tuple[object, ...]:
        return (
            bool(finding.servers) and one.server not in finding.servers,
            bool(finding.contexts) and one.context is not None and one.context not in finding.contexts,
            (one.kind, one.key) not in keys and finding.subject.lower() not in f"{one.key} {told(one)}".lower(),
            one.kind in UPSTREAM,
            reads[one.kind],
            one.server, one.kind, one.key, one.context or "",
        )  # fmt: skip

    return order
