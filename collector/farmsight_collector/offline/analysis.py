"""Evidence in, the farm with its findings out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from farmsight_collector.correlate.causes import fold
from farmsight_collector.model.bindings import federation_service
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.model.view import Farm
from farmsight_collector.offline import filling, opened, reading
from farmsight_collector.offline.reading import Captured, EvidenceError, Leftover, Reading, Request
from farmsight_collector.offline.traces import Traced, traces
from farmsight_collector.offline.user_certificate import UserCertificateError, refuse_keys
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.queries.preceded import first_changes
from farmsight_collector.rules.catalogue import RULES
from farmsight_collector.rules.engine import evaluate
from farmsight_collector.store.engine import Store, open_store

UNNAMED: Final = "unnamed farm"
_A_MOMENT: Final = timedelta(seconds=1)
Progress = Callable[[str, int, int], None]  # stage, done, of how many (0: not known)

# Agents have no part in this: nothing here says how one of them fares.
_RULES: Final = tuple(rule for rule in RULES if not rule.code.startswith("agent."))


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """The farm as of an instant with what is wrong, and what the evidence was."""

    picture: Evaluated
    servers: tuple[Captured, ...]
    leftovers: tuple[Leftover, ...]
    notes: tuple[str, ...]
    farm_reason: str  # where the farm's name comes from
    before: Evaluated | None = None  # as the captures before the newest ones left it; None where there are none
    traces: tuple[Traced, ...] = ()  # of the users' certificates that were handed in


@contextmanager
def analysed(
    request: Request, *, now: datetime, farm: str = "", progress: Progress = lambda _stage, _done, _total: None
) -> Iterator[Analysis]:
    """Read the evidence and judge it; the picture may be asked within the block.

    The instant is `request.at`, else that of the newest evidence. Raises
    EvidenceError, also where all evidence is later than `request.at`.
    """
    seen = 0

    def looked_at(_name: str) -> None:
        nonlocal seen
        seen += 1
        progress("looking at files", seen, 0)

    _refuse_keys(request)
    found = reading.read(request, looked_at, now)
    at = request.at or found.newest or now
    if found.oldest is not None and found.oldest > at:
        raise EvidenceError(f"--at {at:%Y-%m-%d %H:%M}Z: the oldest evidence here is of {found.oldest:%Y-%m-%d %H:%M}Z")
    store = open_store("sqlite://", scratch=True)
    try:
        troubles = _fill(store, found, at, progress)
        progress("judging", 0, 0)
        analysis = _judged(store, found, at, farm, troubles)
        traced, untraced = traces(request.user_certificates, analysis.picture, progress)
        yield replace(analysis, traces=traced, notes=(*analysis.notes, *untraced))
    finally:
        store.close()


def _refuse_keys(request: Request) -> None:
    try:
        refuse_keys(request.user_certificates)
    except UserCertificateError as error:
        raise EvidenceError(str(error)) from None


def _fill(store: Store, found: Reading, at: datetime, progress: Progress) -> list[str]:
    into = filling.Filling(store, filling.enrol(store, found.servers, at))
    total = sum(max(len(one.taken), 1) for one in found.servers)
    troubles: list[str] = []
    for done, reported in enumerate(found.reports(), 1):
        troubles += [*reported.troubles, *into.add(reported)]
        progress("reading", done, total)
    return troubles


def _judged(store: Store, found: Reading, at: datetime, farm: str, troubles: list[str]) -> Analysis:
    with store.read() as connection:
        view = farm_as_of(connection, filling.FARM, at)
        name, reason = _name(view, farm)

        @cache
        def viewed(when: datetime) -> Farm:
            return replace(farm_as_of(connection, filling.FARM, when), name=name)

        @cache
        def judged(when: datetime) -> Evaluated:
            return _evaluated(viewed(when))

        earlier = _before(found, at)
        picture = _evaluated(replace(view, name=name))
        dated = opened.dated(picture.evaluation, found.servers, at, lambda when: judged(when).evaluation)
        if earlier is not None and found.oldest is not None:
            reach = at - found.oldest + _A_MOMENT
            dated = first_changes(connection, filling.FARM, dated, viewed, {}, reach)
        before = None if earlier is None else judged(earlier)
    return Analysis(
        picture=replace(picture, evaluation=dated),
        servers=found.servers,
        leftovers=found.leftovers,
        notes=tuple(dict.fromkeys((*found.notes, *troubles))),
        farm_reason=reason,
        before=before,
    )


def _evaluated(view: Farm) -> Evaluated:
    return Evaluated(farm=view, evaluation=fold(evaluate(view, _RULES)))


def _before(found: Reading, at: datetime) -> datetime | None:
    """Return when the captures before the newest ones were complete; None where each server has one."""
    rounds = ([when for when in one.taken if when <= at] for one in found.servers)
    return max((taken[-2] for taken in rounds if len(taken) > 1), default=None)


def _name(view: Farm, given: str) -> tuple[str, str]:
    if given:
        return given, "given by --farm"
    name, reason = federation_service(view)
    return (name or UNNAMED), reason
