"""CRLs on a line of time, as shapes: each list from this update to next update, who was given it when, caches below."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Final

from farmsight_collector.queries.crl_times import Cached, Issue, Line
from farmsight_collector.shown import figures
from farmsight_collector.shown.alike import row_id
from farmsight_collector.shown.strip import Scale, Tick, ticks

CLOSE: Final = 0.4  # per cent; marks that are closer are one


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One list, or one cache, over the time in which it holds."""

    left: float
    width: float
    state: str
    old: bool
    open_begin: bool  # it began before what is shown
    open_end: bool
    says: str


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One instant, or several that are too close to be told apart."""

    at: float
    says: str


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One URL: its newest list in figures, and the picture."""

    id: str
    key: str
    purpose: str
    url: str
    state: str  # of the newest list: ok, warning (overdue), bad (ended), unknown (nobody was given one)
    word: str
    newest: Issue | None
    left: str  # how long it still lasts, or for how long it has been over
    due: str  # when the next one was or is due
    given: int  # accounts that have the newest
    behind: int  # accounts that were last given an older one
    failing: int
    unknown: int
    cached: tuple[Cached, ...]
    cached_first: datetime | None  # which cache lets go first
    bars: tuple[Bar, ...]
    publishes: tuple[Mark, ...]
    fetches: tuple[Mark, ...]
    caches: tuple[Bar, ...]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """All of them by CA, under one axis."""

    issuers: tuple[tuple[str, tuple[Drawn, ...]], ...]
    now: float
    ticks: tuple[Tick, ...]


def chart(lines: Iterable[Line], scale: Scale, now: datetime) -> Chart:
    """Return the picture of these CRLs from the scale's begin to its end."""
    drawn = [(line.issuer, _drawn(line, scale, now)) for line in lines]
    return Chart(
        issuers=tuple((issuer, tuple(one for _, one in its)) for issuer, its in groupby(drawn, key=itemgetter(0))),
        now=scale.at(now),
        ticks=ticks(scale),
    )


def _drawn(line: Line, scale: Scale, now: datetime) -> Drawn:
    newest = line.issues[0] if line.issues else None
    state, word = _state(newest)
    ends = [one.expires_at for one in line.caches if one.expires_at is not None]
    return Drawn(
        id=row_id(line.key),
        key=line.key,
        purpose=line.purpose,
        url=line.url,
        state=state,
        word=word,
        newest=newest,
        left=_left(newest, now),
        due=_due(newest, now),
        given=len(newest.fetches) if newest else 0,
        behind=sum(len(issue.fetches) for issue in line.issues[1:]),
        failing=len(line.failing),
        unknown=line.unknown,
        cached=line.caches,
        cached_first=min(ends, default=None),
        bars=tuple(_bars(line, scale)),
        publishes=tuple(_publishes(line, scale)),
        fetches=tuple(_fetches(line, scale)),
        caches=tuple(_caches(line, scale, now)),
    )


def _state(newest: Issue | None) -> tuple[str, str]:
    if newest is None:
        return "unknown", "nobody was given one"
    if newest.ended:
        return "bad", "ended"
    if newest.overdue:
        return "warning", "overdue"
    if newest.next_update is None:
        return "unknown", "its end is not told"
    return "ok", "current"


def _left(newest: Issue | None, now: datetime) -> str:
    if newest is None or newest.next_update is None:
        return ""
    length = figures.span(newest.next_update - now)
    return f"ended {length} ago" if newest.next_update <= now else f"{length} left"


def _due(newest: Issue | None, now: datetime) -> str:
    if newest is None or newest.next_publish is None:
        return ""
    length = figures.span(newest.next_publish - now)
    if abs(newest.next_publish - now) < timedelta(minutes=1):
        return "due now"
    return f"due since {length}" if newest.next_publish <= now else f"due in {length}"


def _bars(line: Line, scale: Scale) -> Iterator[Bar]:
    for issue in reversed(line.issues):  # the newest is drawn last, over the others
        begin, end = issue.this_update, issue.next_update
        if begin is None or (end is not None and end < scale.begin) or begin > scale.end:
            continue
        left, width = scale.bar(begin, end or scale.end)
        until = f"until {end:%Y-%m-%d %H:%M}Z" if end is not None else "without an end that is told"
        yield Bar(
            left=left,
            width=width,
            state=_state(issue)[0],
            old=not issue.newest,
            open_begin=begin < scale.begin,
            open_end=end is None or end > scale.end,
            says=f"number {issue.number or '-'}, from {begin:%Y-%m-%d %H:%M}Z {until}, {len(issue.fetches)} accounts",
        )


def _publishes(line: Line, scale: Scale) -> Iterator[Mark]:
    for issue in line.issues:
        when = issue.next_publish
        if when is not None and scale.inside(when):
            says = f"after number {issue.number or '-'}, the next one is due {when:%Y-%m-%d %H:%M}Z"
            yield Mark(at=scale.at(when), says=says)


def _fetches(line: Line, scale: Scale) -> Iterator[Mark]:
    near: dict[int, list[str]] = defaultdict(list)
    for issue in line.issues:
        for fetch in issue.fetches:
            if scale.inside(fetch.since):
                who = f"{fetch.server} as {fetch.context} since {fetch.since:%m-%d %H:%M}Z"
                near[round(scale.at(fetch.since) / CLOSE)].append(f"{who}: number {issue.number or '-'}")
    for place, said in sorted(near.items()):
        more = f"; and {len(said) - 4} more" if len(said) > 4 else ""
        yield Mark(at=round(place * CLOSE, 2), says="; ".join(said[:4]) + more)


def _caches(line: Line, scale: Scale, now: datetime) -> Iterator[Bar]:
    by_end: dict[tuple[datetime, str], list[Cached]] = defaultdict(list)
    for one in line.caches:
        if one.expires_at is not None:
            by_end[one.expires_at.replace(second=0, microsecond=0), one.number].append(one)
    for (end, number), its in sorted(by_end.items()):
        begin = min((one.fetched_at for one in its if one.fetched_at is not None), default=scale.begin)
        if end < scale.begin or begin > scale.end:
            continue
        left, width = scale.bar(begin, end)
        yield Bar(
            left=left,
            width=width,
            state="bad" if end <= now else "warning" if any(one.older for one in its) else "ok",
            old=any(one.older for one in its),
            open_begin=begin < scale.begin,
            open_end=end > scale.end,
            says=f"cached until {end:%Y-%m-%d %H:%M}Z by {len(its)} accounts: number {number or '-'}",
        )
