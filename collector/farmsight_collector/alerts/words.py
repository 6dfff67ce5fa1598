"""An alert as text, for mail, syslog and logs: what, where, since when, what came before, what to do first."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from farmsight_collector.alerts.message import WORDS
from farmsight_collector.model.words import names

SHOWN: Final = 25  # alerts of one message in text


def plain_text(alert: Mapping[str, Any]) -> str:
    """Return an alert in some lines."""
    return "\n".join(_lines(alert))


def whole_text(told: Mapping[str, Any]) -> str:
    """Return a message in lines."""
    alerts = told["alerts"]
    parts = [] if len(alerts) == 1 else [str(told["summary"])]
    parts += [_headed(alert) for alert in alerts[:SHOWN]]
    left = told["left_out"] + max(0, len(alerts) - SHOWN)
    if left:
        parts.append(f"and {left} more")
    return "\n\n".join(parts) + "\n"


def heading(alert: Mapping[str, Any]) -> str:
    """Return the line above an alert."""
    word = WORDS.get(str(alert["event"]), str(alert["event"]))
    return f"[{alert['severity']}] {word}: {alert['title']}"


def facts(alert: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is told of an alert, each with its name; what is not known is left out."""
    yield "Farm", str(alert["farm"])
    if alert["servers"]:
        yield "Servers", names(alert["servers"], 20)
    if alert["more_servers"]:
        yield "New", names(alert["more_servers"], 20)
    yield "Finding", f"{alert['code']} {alert['subject']}".strip()
    if alert["was_severity"] and alert["was_severity"] != alert["severity"]:
        yield "Was", str(alert["was_severity"])
    if alert["since"]:
        yield "Since", when(alert["since"])
    if alert["closed"]:
        yield "Closed", when(alert["closed"])
    if alert["symptoms"]:
        yield "Explains", f"{alert['symptoms']} other findings"
    if alert["flapping"]:
        yield "Flapping", f"opened {alert['flapping']['openings']} times since {when(alert['flapping']['since'])}"
    if alert["reason"]:
        yield "Note", str(alert["reason"])
    change = alert["first_change"]
    if change:
        yield "First change", f"{when(change['at'])} {change['server']}: {change['text']}"


def when(stamp: object) -> str:
    """Return an instant of a message for people."""
    return f"{datetime.fromisoformat(str(stamp)):%Y-%m-%d %H:%M:%S} UTC"


def _headed(alert: Mapping[str, Any]) -> str:
    return f"{heading(alert)}\n{plain_text(alert)}"


def _lines(alert: Mapping[str, Any]) -> Iterator[str]:
    for name, said in facts(alert):
        yield f"{name + ':':14}{said}"
    remedy = alert["remedy"]
    if remedy and alert["state"] == "open":
        if remedy["check"]:
            yield f"{'Check first:':14}{remedy['check']}"
        yield f"{'Then:':14}on {remedy['server'] or 'any server'}, {remedy['shell']}:"
        yield from (f"  {line}" for line in str(remedy["command"]).splitlines())
    if alert["link"]:
        yield str(alert["link"])
