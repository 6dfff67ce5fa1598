"""Alerts: what was sent by which channel with which answer, dead letters, acknowledgements, maintenance, channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import quote

from farmsight_collector.alerts import operations
from farmsight_collector.alerts.channel_settings import Channel
from farmsight_collector.alerts.settings import Alerts
from farmsight_collector.queries.alerts import Told, told
from farmsight_collector.shown.ages import ago
from farmsight_collector.store.outbox import DeliveryRow, MessageRow
from farmsight_collector.web.page import Acting, Action, Asked, Page
from farmsight_collector.web.pages.acknowledging import SPANS

AT_ONCE: Final = 50
MOST_SKIPPED: Final = 100_000


@dataclass(frozen=True, kw_only=True)
class ShownChannel:
    """One channel with what became of what went by it."""

    settings: Channel
    wants: str  # what is told by it, in words
    sent: int
    waiting: int
    dead: int
    last: DeliveryRow | None


def values(asked: Asked) -> Mapping[str, object]:
    """Return the record of a farm's alerts, a page at a time."""
    skip = asked.parameters.number("skip", 0, 0, MOST_SKIPPED)
    channel = asked.parameters.text("channel")
    found = told(asked.connection, asked.farm, asked.at, skip=skip, limit=AT_ONCE)
    settings = asked.desk.config.alerts
    return {
        "found": found,
        "messages": _filtered(found.messages, channel),
        "channels": [_channel(one, found, settings) for one in settings.channels if _of(one, asked.farm)],
        "settings": settings,
        "chosen": channel,
        "skip": skip,
        "at_once": AT_ONCE,
        "in_force": [row for row in found.acknowledged if _in_force(row.made, row.ended or row.until, asked.at)],
        "over": [row for row in found.acknowledged if not _in_force(row.made, row.ended or row.until, asked.at)],
        "windows": [row for row in found.windows if row.ends > asked.at],
        "past": [row for row in found.windows if row.ends <= asked.at],
        "spans": SPANS,
        "ago": partial(ago, at=asked.at),
    }


def _filtered(rows: Sequence[MessageRow], channel: str) -> Sequence[MessageRow]:
    if not channel:
        return rows
    return [row for row in rows if any(one.channel == channel for one in row.deliveries)]


def _of(channel: Channel, farm: str) -> bool:
    return not channel.farms or farm.lower() in {name.lower() for name in channel.farms}


def _in_force(made: datetime, over: datetime, at: datetime) -> bool:
    return made <= at < over


def _channel(one: Channel, found: Told, settings: Alerts) -> ShownChannel:
    tally = found.tallies.get(one.name, {})
    return ShownChannel(
        settings=one,
        wants=_wants(one, settings),
        sent=tally.get("sent", 0),
        waiting=tally.get("waiting", 0) + tally.get("sending", 0),
        dead=tally.get("dead", 0),
        last=found.last.get(one.name),
    )


def _wants(one: Channel, settings: Alerts) -> str:
    codes = f" of {', '.join(one.codes)}" if one.codes else ""
    return f"{one.at_least or settings.at_least} and above{codes}"


def _again(acting: Acting) -> str:
    operations.try_again(
        acting.desk.store,
        acting.farm,
        acting.path["message"],
        acting.form.text("channel"),
        actor=acting.person.name,
        now=acting.desk.clock.now(),
    )
    return f"{_page(acting)}#m-{quote(acting.path['message'], safe='')}"


def _test(acting: Acting) -> str:
    operations.send_test(
        acting.desk.store,
        acting.desk.config.alerts,
        acting.farm,
        acting.form.text("channel"),
        actor=acting.person.name,
        now=acting.desk.clock.now(),
    )
    return f"{_page(acting)}#channels"


def _page(acting: Acting) -> str:
    return f"/farms/{quote(acting.farm, safe='')}/alerts"


PAGE = Page(
    name="alerts",
    title="Alerts",
    path="/farms/{farm}/alerts",
    template="alerts.html.j2",
    values=values,
    key="w",
)

ACTIONS = (
    Action(name="alert-again", path="/farms/{farm}/alerts/{message}/again", role="operator", perform=_again),
    Action(name="alert-test", path="/farms/{farm}/alerts/test", role="operator", perform=_test),
)
