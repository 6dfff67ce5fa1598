"""What is told: one message with one alert or many, as the schema farmsight.alert/1 has it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from farmsight_collector.alerts.settings import SILENT
from farmsight_collector.alerts.standing import Standing
from farmsight_collector.alerts.telling import Decision, Event
from farmsight_collector.model.words import names, plain
from farmsight_collector.rules.rule import Severity

SCHEMA: Final = "farmsight.alert/1"
ALERTS_SHOWN: Final = 100  # of one message
TEXT: Final = 2000  # characters of one text
SERVERS_SHOWN: Final = 200
# How an agent's silence and return are called; they are a finding like others in all else.
_OF_AGENTS: Final[Mapping[str, str]] = {"opened": "agent-silent", "closed": "agent-back"}
WORDS: Final[Mapping[str, str]] = {
    "opened": "open",
    "worsened": "worse",
    "closed": "closed",
    "flapping": "flapping",
    "settled": "settled",
    "reminder": "still open",
    "agent-silent": "agent silent",
    "agent-back": "agent back",
    "test": "test",
    "digest": "several",
    "maintenance-ended": "maintenance ended",
}


def alert(decision: Decision, farm: str, at: datetime) -> dict[str, Any]:
    """Return what is told of one finding, from what the store has of it; the rest is filled in before sending."""
    assert decision.event is not None  # else nothing is told
    before, after = decision.before, decision.standing
    now = after if after is not None and after.open else before
    content = now.content
    is_open = before.open
    return {
        "event": decision.event if content.get("gone") else _event(decision.event, before.code),
        "state": "open" if is_open else "closed",
        "farm": farm,
        "finding": before.finding,
        "code": before.code,
        "severity": _word(max(now.severity, before.known_severity if not is_open else 0)),
        "was_severity": _word(before.known_severity) if before.told else None,
        "title": text(content.get("title", before.code)),
        "subject": text(content.get("subject", "")),
        "why": text(content.get("why", "")),
        "servers": [text(name) for name in now.servers[:SERVERS_SHOWN]],
        "more_servers": [name for name in now.servers if before.told and name not in before.known_servers],
        "since": content.get("since"),
        "opened": stamp(before.opened),
        "closed": None if is_open else stamp(before.closed or at),
        "symptoms": int(content.get("symptoms", 0)),
        "remedy": content.get("remedy"),
        "first_change": None,
        "flapping": _flapping(before, after),
        "reason": _reason(decision, content),
        "link": None,
    }


def message(event: str, farm: str, at: datetime, alerts: Sequence[dict[str, Any]], collector: str) -> dict[str, Any]:
    """Return a message around its alerts; the outbox gives it its id."""
    worst = max((severity(one) for one in alerts), default=Severity.INFO)
    return {
        "schema": SCHEMA,
        "event": event,
        "farm": farm,
        "collector": collector,
        "made": stamp(at),
        "severity": worst.word,
        "summary": summary(event, farm, alerts),
        "alerts": list(alerts[:ALERTS_SHOWN]),
        "left_out": max(0, len(alerts) - ALERTS_SHOWN),
    }


def summary(event: str, farm: str, alerts: Sequence[Mapping[str, Any]]) -> str:
    """Return one line that says it all."""
    if len(alerts) == 1 and event not in ("digest", "maintenance-ended"):
        one = alerts[0]
        word = WORDS.get(str(one["event"]), str(one["event"]))
        return text(f"[{one['severity']}] {word}: {one['title']} ({farm})", 300)
    silent = [one for one in alerts if one["event"] == "agent-silent"]
    if silent and len(silent) == len(alerts):
        return text(f"{len(silent)} agents silent at once: {names([one['subject'] for one in silent])} ({farm})", 300)
    still = sum(one["state"] == "open" for one in alerts)
    begin = "after maintenance" if event == "maintenance-ended" else "at once"
    worst = max((severity(one) for one in alerts), default=Severity.INFO).word
    return text(f"[{worst}] {len(alerts)} alerts {begin}, {still} open: {_first(alerts)} ({farm})", 300)


def only(told: Mapping[str, Any], items: Iterable[int]) -> dict[str, Any]:
    """Return a message with those of its alerts that a channel wants."""
    alerts = told["alerts"]
    wanted = [alerts[item] for item in items if item < len(alerts)]
    if len(wanted) == len(alerts):
        return dict(told)
    event = told["event"]
    worst = max((severity(one) for one in wanted), default=Severity.INFO)
    changed = {"alerts": wanted, "severity": worst.word, "summary": summary(event, told["farm"], wanted)}
    return {**told, **changed}


def link(base: str, farm: str, finding: str, at: datetime) -> str:
    """Return the address of the finding's page at an instant."""
    when = urlencode({"at": stamp(at)})
    return f"{base.rstrip('/')}/farms/{quote(farm, safe='')}/findings/{quote(finding, safe='')}?{when}"


def page_of(one: Mapping[str, Any], base: str, made: datetime) -> str | None:
    """Return the address of an alert's page, None where there is no web page."""
    if not base:
        return None
    return base if one["event"] == "test" else link(base, str(one["farm"]), str(one["finding"]), made)


def linked(told: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Return a message with links alone: for when the past can't be looked at."""
    made = datetime.fromisoformat(str(told["made"]))
    return {**told, "alerts": [{**one, "link": page_of(one, base, made)} for one in told["alerts"]]}


def stamp(at: datetime) -> str:
    """Return an instant as all schemas write it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text(value: object, limit: int = TEXT) -> str:
    """Return text as it may stand anywhere: one line, no control characters, bounded."""
    shown = plain(str(value))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def severity(one: Mapping[str, Any]) -> Severity:
    """Return the severity of an alert or a message."""
    return Severity[str(one["severity"]).upper()]


def _event(event: Event, code: str) -> str:
    return _OF_AGENTS.get(event, event) if code == SILENT else event


def _word(level: int) -> str:
    return Severity(level).word if level else Severity.INFO.word


def _flapping(before: Standing, after: Standing | None) -> dict[str, Any] | None:
    now = after if after is not None and after.flapping is not None else before
    if now.flapping is None:
        return None
    return {"since": stamp(now.flapping), "openings": now.flaps}


def _reason(decision: Decision, content: Mapping[str, Any]) -> str:
    if decision.event == "reminder" and decision.acknowledgement_ended == "expired":
        return "the acknowledgement ran out"
    return text(content.get("reason", ""))


def _first(alerts: Sequence[Mapping[str, Any]]) -> str:
    ordered = sorted(alerts, key=lambda one: -severity(one))
    return names([str(one["title"]) for one in ordered], 2)
