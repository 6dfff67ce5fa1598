"""When a finding is told, and as what: pure functions from a standing and the time to a standing and an event.

What holds whatever happens: an opening that was told is followed by a told
closing, or the finding is still open; nothing is told twice; nothing is told
closed that is not closed. A finding that opens and closes again and again is
told once as flapping, and once more when it has settled.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from farmsight_collector.alerts.standing import Standing
from farmsight_collector.rules.rule import Severity

Event = Literal["opened", "worsened", "closed", "flapping", "settled", "reminder"]
TURNS_KEPT: Final = 50
# More servers of the same finding come one after another: they are told together.
MORE_SERVERS_WAIT: Final = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How long is waited before something is told."""

    at_least: Severity = Severity.WARNING
    hold: Mapping[int, timedelta]  # by severity, before an opening is told
    at_once: frozenset[str] = frozenset()  # codes that were waited for already
    flapping_openings: int = 3  # so many within the window are flapping
    flapping_window: timedelta = timedelta(hours=1)
    settled_after: timedelta = timedelta(minutes=30)  # without opening or closing
    remind_every: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What an evaluation says of a finding."""

    open: bool
    cause: bool
    severity: int
    servers: tuple[str, ...]
    content: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The standing from now on (None: forget it), what is told, and why an acknowledgement ended."""

    standing: Standing | None
    event: Event | None = None
    before: Standing  # what people knew until now
    acknowledgement_ended: str = ""


def first_seen(finding: str, code: str, at: datetime) -> Standing:
    """Return the standing of a finding that nothing is known of."""
    return Standing(finding=finding, code=code, opened=at, begun=at)


def observe(standing: Standing, seen: Observation, at: datetime) -> Standing:
    """Return the standing after an evaluation."""
    turned = seen.open != standing.open
    now = replace(
        standing,
        open=seen.open,
        cause=seen.cause,
        # A closed finding was as bad as it last was: what closes is told to those who heard of it.
        severity=seen.severity,
        servers=seen.servers,
        content=seen.content,
        opened=at if turned and seen.open else standing.opened,
        closed=at if turned and not seen.open else None if seen.open else standing.closed,
        begun=at if (turned or not standing.cause) and seen.open and seen.cause else standing.begun,
        turned=at if turned else standing.turned,
        turns=(*standing.turns, at)[-TURNS_KEPT:] if turned and seen.open else standing.turns,
        flaps=standing.flaps + (turned and seen.open and standing.flapping is not None),
    )
    return replace(now, worse=(standing.worse or at) if _worse(now) else None)


def decide(standing: Standing, at: datetime, policy: Policy, held_until: datetime | None = None) -> Decision:
    """Return what is told now, if anything, and when to look again; `held_until` is the end of a maintenance."""
    if held_until is not None:
        held = replace(standing, held=True, turns=(), due=held_until)
        return Decision(standing=held, before=standing)
    now, ended = _acknowledged(standing, at)
    now = replace(
        now, turns=tuple(turn for turn in now.turns if at - turn < policy.flapping_window), held=False, late=False
    )
    after, event = _flapping(now, at, policy) if now.flapping is not None else _steady(now, at, policy)
    if now.acknowledged is not None and (event == "worsened" or not now.open):
        ended = "closed" if not now.open else "worsened"
        after = None if after is None else replace(after, acknowledged=None)
    return Decision(standing=after, event=event, before=standing, acknowledgement_ended=ended)


def _acknowledged(standing: Standing, at: datetime) -> tuple[Standing, str]:
    if standing.acknowledged is None or at < standing.acknowledged:
        return standing, ""
    # Whoever took care of it had until now: those who know of it are told once more.
    return replace(standing, acknowledged=None, told_at=None), "expired"


def _steady(now: Standing, at: datetime, policy: Policy) -> tuple[Standing | None, Event | None]:
    if len(now.turns) >= policy.flapping_openings and _tellable(now, policy):
        begun = replace(now, flapping=now.turns[0], flaps=len(now.turns), turns=())
        return replace(_told(begun, at), due=_settles(begun, at, policy)), "flapping"
    if not now.open:
        return _closed(now, policy)
    if not _tellable(now, policy):
        return replace(now, due=now.acknowledged), None
    if now.told or now.acknowledged is not None:
        return _known(now, at, policy)
    ready = now.begun + _hold(now, policy)
    if at < ready:
        return replace(now, due=ready), None
    return _reminded(_told(now, at), policy), "opened"


def _closed(now: Standing, policy: Policy) -> tuple[Standing | None, Event | None]:
    event: Event | None = "closed" if now.told else None
    after = replace(now, told=False, known_severity=0, known_servers=(), worse=None, told_at=None)
    if not now.turns:
        return None, event
    return replace(after, due=now.turns[-1] + policy.flapping_window), event


def _known(now: Standing, at: datetime, policy: Policy) -> tuple[Standing, Event | None]:
    if now.worse is not None:
        wait = _hold(now, policy)
        ready = now.worse + (wait if now.severity > now.known_severity else max(wait, MORE_SERVERS_WAIT))
        if at >= ready:
            return _reminded(_told(now, at), policy), "worsened"
        return replace(now, due=ready), None
    if now.acknowledged is not None:
        return replace(now, due=now.acknowledged), None
    again = _reminder(now, policy)
    if again is not None and at >= again:
        return _reminded(replace(now, told_at=at), policy), "reminder"
    return replace(now, due=again), None


def _flapping(now: Standing, at: datetime, policy: Policy) -> tuple[Standing | None, Event | None]:
    settles = _settles(now, at, policy)
    if at >= settles:
        calm = replace(now, flapping=None, flaps=0, turns=())
        if now.open:
            return _reminded(_told(calm, at), policy), "settled"
        return None, "settled"
    if now.open and now.severity > now.known_severity and _tellable(now, policy):
        return replace(_told(now, at), due=settles), "worsened"
    return replace(now, due=settles), None


def _hold(now: Standing, policy: Policy) -> timedelta:
    return timedelta(0) if now.code in policy.at_once else policy.hold[now.severity]


def _settles(now: Standing, at: datetime, policy: Policy) -> datetime:
    return (now.turned or at) + policy.settled_after


def _tellable(now: Standing, policy: Policy) -> bool:
    return now.cause and now.severity >= policy.at_least


def _told(now: Standing, at: datetime) -> Standing:
    severity = max(now.severity, now.known_severity)
    servers = tuple(sorted({*now.servers, *now.known_servers}))
    return replace(now, told=True, known_severity=severity, known_servers=servers, worse=None, told_at=at)


def _reminder(now: Standing, policy: Policy) -> datetime | None:
    if now.told_at is None:  # an acknowledgement ran out
        return now.begun
    return None if policy.remind_every is None else now.told_at + policy.remind_every


def _reminded(now: Standing, policy: Policy) -> Standing:
    return replace(now, due=_reminder(now, policy))


def _worse(now: Standing) -> bool:
    """Tell whether it is worse than what people know, where they know anything."""
    if not now.open or not now.known_severity:
        return False
    return now.severity > now.known_severity or not set(now.servers) <= set(now.known_servers)
