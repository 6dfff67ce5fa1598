"""Acknowledging a finding, and taking that back; holding alerts back while a server is being worked on."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from sqlalchemy.engine import Connection

from farmsight_collector.alerts import operations
from farmsight_collector.store import acknowledgements, maintenance
from farmsight_collector.store.acknowledgements import AcknowledgementRow
from farmsight_collector.store.maintenance import WindowRow
from farmsight_collector.web.page import Acting, Action

SPANS: Final = {
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "8h": timedelta(hours=8),
    "1d": timedelta(days=1),
    "3d": timedelta(days=3),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
MOST_SERVERS: Final = 200


def acknowledged(connection: Connection, farm: str, at: datetime) -> Mapping[str, AcknowledgementRow]:
    """Return who takes care of what as of an instant, by finding."""
    return {row.finding: row for row in acknowledgements.in_force(connection, farm, at)}


def windows(connection: Connection, farm: str, at: datetime) -> list[WindowRow]:
    """Return the maintenance windows that were known at an instant and in force or ahead then, the nearest first."""
    known = [one for one in maintenance.windows(connection, farm, since=at) if one.made <= at]
    return sorted(known, key=lambda one: one.begins)


def _acknowledge(acting: Acting) -> str:
    now = acting.desk.clock.now()
    operations.acknowledge(
        acting.desk.store,
        acting.farm,
        acting.path["finding"],
        until=now + SPANS[acting.form.one_of("for", tuple(SPANS), "8h")],
        note=acting.form.text("note"),
        actor=acting.person.name,
        now=now,
    )
    return _back(acting)


def _withdraw(acting: Acting) -> str:
    operations.withdraw(
        acting.desk.store,
        acting.farm,
        acting.path["finding"],
        actor=acting.person.name,
        now=acting.desk.clock.now(),
    )
    return _back(acting)


def _back(acting: Acting) -> str:
    """Return the path of the page that the form stands on."""
    finding = quote(acting.path["finding"], safe="")
    farm = f"/farms/{quote(acting.farm, safe='')}"
    return f"{farm}/findings/{finding}" if acting.form.text("back") == "finding" else f"{farm}#f-{finding}"


def _hold(acting: Acting) -> str:
    now = acting.desk.clock.now()
    named = acting.form.text("servers").replace(",", " ").split()
    operations.add_maintenance(
        acting.desk.store,
        acting.farm,
        servers=named[:MOST_SERVERS],
        begins=now,
        ends=now + SPANS[acting.form.one_of("for", tuple(SPANS), "1h")],
        note=acting.form.text("note"),
        actor=acting.person.name,
        now=now,
    )
    return f"/farms/{quote(acting.farm, safe='')}#maintenance"


def _end(acting: Acting) -> str:
    number = int(acting.path["window"]) if acting.path["window"].isdecimal() else 0
    operations.end_maintenance(
        acting.desk.store, number, actor=acting.person.name, now=acting.desk.clock.now(), farm=acting.farm
    )
    return f"/farms/{quote(acting.farm, safe='')}#maintenance"


ACTIONS = (
    Action(
        name="acknowledge",
        path="/farms/{farm}/findings/{finding}/acknowledge",
        role="operator",
        perform=_acknowledge,
    ),
    Action(
        name="withdraw-acknowledgement",
        path="/farms/{farm}/findings/{finding}/withdraw",
        role="operator",
        perform=_withdraw,
    ),
    Action(name="hold-alerts", path="/farms/{farm}/maintenance", role="operator", perform=_hold),
    Action(name="end-maintenance", path="/farms/{farm}/maintenance/{window}/end", role="operator", perform=_end),
)
