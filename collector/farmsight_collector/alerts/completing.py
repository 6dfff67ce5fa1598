"""Fills in, before a message is first sent, what takes a look at the past: the first change, and where to look."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.engine import Connection

from farmsight_collector.alerts import message
from farmsight_collector.alerts.settings import SILENT
from farmsight_collector.queries.evaluated import evaluated
from farmsight_collector.queries.preceded import with_first_changes
from farmsight_collector.rules.engine import FirstChange

MOST: Final = 20  # findings of one message whose first change is looked for


def complete(connection: Connection, told: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Return a message with first changes and links; `base` is the address of the web page, "" when there is none."""
    made = datetime.fromisoformat(str(told["made"]))
    wanted = [one["finding"] for one in told["alerts"] if one["state"] == "open" and one["code"] != SILENT][:MOST]
    changes = _first_changes(connection, str(told["farm"]), made, frozenset(wanted)) if wanted else {}
    alerts = [
        {**one, "first_change": _change(changes.get(one["finding"])), "link": message.page_of(one, base, made)}
        for one in told["alerts"]
    ]
    return {**told, "alerts": alerts}


def _first_changes(
    connection: Connection, farm: str, at: datetime, findings: frozenset[str]
) -> dict[str, FirstChange | None]:
    picture = evaluated(connection, farm, at)
    mine = tuple(one for one in picture.evaluation.findings if one.id in findings)
    narrowed = replace(picture, evaluation=replace(picture.evaluation, findings=mine))
    return {one.id: one.first_change for one in with_first_changes(connection, narrowed).evaluation.findings}


def _change(one: FirstChange | None) -> dict[str, str] | None:
    if one is None:
        return None
    return {
        "server": message.text(one.server),
        "kind": one.kind,
        "key": message.text(one.key, 500),
        "at": message.stamp(one.at),
        "text": message.text(one.text, 500),
    }
