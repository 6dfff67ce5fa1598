"""What people say about findings and alerts: each in one transaction, with its audit record.

The command line, the web page and the API all come through here.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.alerts import message
from farmsight_collector.alerts.recording import Recorder, row_of
from farmsight_collector.alerts.settings import Alerts
from farmsight_collector.alerts.standing import Standing
from farmsight_collector.errors import InvalidRequestError, NotFoundError
from farmsight_collector.store import acknowledgements, alert_standings, audit, farms, maintenance, outbox
from farmsight_collector.store.engine import Store
from farmsight_collector.store.maintenance import WindowRow

LONGEST: Final = timedelta(days=30)
NOTE: Final = 1000
MOST_WINDOWS: Final = 200  # of one farm that lie ahead


def acknowledge(
    store: Store, farm: str, finding: str, *, until: datetime, note: str, actor: str, now: datetime
) -> None:
    """Let a finding be quiet until an instant, or until it worsens or closes.

    Raises NotFoundError when it is not open, InvalidRequestError for a time that can't be meant.
    """
    _check_span(now, until)
    with store.write() as connection:
        farm_id = _locked(connection, farm)
        state = alert_standings.standings(connection, farm_id, [finding]).get(finding)
        standing = None if state is None else Standing.from_json(state)
        if standing is None or not standing.open:
            raise NotFoundError(f"no finding {finding} is open on {farm}")
        # What is known from now on is what they saw: what is worse than this is told.
        seen = replace(
            standing,
            acknowledged=until,
            known_severity=standing.severity,
            known_servers=standing.servers,
            worse=None,
            due=now,
        )
        alert_standings.keep(connection, [row_of(farm_id, seen)])
        title = message.text(standing.content.get("title", standing.code), 300)
        acknowledgements.add(
            connection,
            farm_id=farm_id,
            finding=finding,
            title=title,
            actor=actor,
            note=message.text(note, NOTE),
            at=now,
            until=until,
        )
        _note(connection, now, actor, "acknowledgement.add", finding, f"{farm} until {message.stamp(until)}: {title}")


def withdraw(store: Store, farm: str, finding: str, *, actor: str, now: datetime) -> None:
    """Take an acknowledgement back; raises NotFoundError when none is in force."""
    with store.write() as connection:
        farm_id = _locked(connection, farm)
        if not acknowledgements.end(connection, farm_id, finding, now, "withdrawn"):
            raise NotFoundError(f"finding {finding} of {farm} is not acknowledged")
        state = alert_standings.standings(connection, farm_id, [finding]).get(finding)
        if state is not None:
            standing = replace(Standing.from_json(state), acknowledged=None, due=now)
            alert_standings.keep(connection, [row_of(farm_id, standing)])
        _note(connection, now, actor, "acknowledgement.withdraw", finding, farm)


def add_maintenance(
    store: Store,
    farm: str,
    *,
    servers: Sequence[str],
    begins: datetime,
    ends: datetime,
    note: str,
    actor: str,
    now: datetime,
) -> WindowRow:
    """Hold alerts back for some servers, or for the whole farm, from one instant to another.

    Raises NotFoundError for a farm or server that is not here, InvalidRequestError for times that can't be meant.
    """
    _check_span(max(now, begins), ends)
    if begins > now + timedelta(days=366):
        raise InvalidRequestError("from: more than a year ahead")
    with store.write() as connection:
        farm_id = _locked(connection, farm)
        named = _named(connection, farm_id, farm, servers)
        if len(maintenance.windows(connection, farm, since=now, limit=MOST_WINDOWS)) >= MOST_WINDOWS:
            raise InvalidRequestError(f"at most {MOST_WINDOWS} windows may lie ahead")
        number = maintenance.add(
            connection,
            farm_id=farm_id,
            servers=named,
            begins=begins,
            ends=ends,
            actor=actor,
            note=message.text(note, NOTE),
            at=now,
        )
        alert_standings.look_again(connection, farm_id, max(now, begins))
        what = f"{', '.join(named) or 'the whole farm'} {message.stamp(begins)} to {message.stamp(ends)}"
        _note(connection, now, actor, "maintenance.add", str(number), f"{farm}: {what}")
        return next(one for one in maintenance.windows(connection, farm, now, MOST_WINDOWS) if one.id == number)


def end_maintenance(store: Store, number: int, *, actor: str, now: datetime, farm: str = "") -> WindowRow:
    """End a window now; raises NotFoundError when it is over already, or of another farm than is said."""
    with store.write() as connection:
        ahead = maintenance.windows(connection, farm or None, since=now, limit=MOST_WINDOWS)
        window = next((one for one in ahead if one.id == number), None)
        if window is None:
            raise NotFoundError(f"there is no maintenance window {number} that could be ended")
        farm_id = _locked(connection, window.farm)
        ended = maintenance.end(connection, number, now, actor)
        assert ended is not None  # found above, in this transaction
        alert_standings.look_again(connection, farm_id, now)
        _note(connection, now, actor, "maintenance.end", str(number), window.farm)
        return ended


def try_again(store: Store, farm: str, message_id: str, channel: str, *, actor: str, now: datetime) -> None:
    """Put a dead letter back on its way; raises NotFoundError when there is none such."""
    with store.write() as connection:
        farm_id = _locked(connection, farm)
        if not outbox.try_again(connection, farm_id, message_id, channel, now):
            raise NotFoundError(f"no delivery of {message_id} by {channel} has ended without success")
        _note(connection, now, actor, "alert.again", message_id, f"{farm} by {channel}")


def send_test(store: Store, settings: Alerts, farm: str, channel: str, *, actor: str, now: datetime) -> str:
    """Put a test message for one channel on its way; returns its id. Raises NotFoundError."""
    if settings.channel(channel) is None:
        raise NotFoundError(f"there is no channel {channel!r}; there is: {_names(settings)}")
    with store.write() as connection:
        farm_id = _locked(connection, farm)
        told = trial(farm, now, actor)
        sent = Recorder(settings).put(connection, farm_id, farm, now, told, channel)
        _note(connection, now, actor, "alert.test", channel, farm)
        return sent


def trial(farm: str, now: datetime, actor: str) -> dict[str, object]:
    """Return a message that says that it is a test."""
    alert: dict[str, object] = {
        "event": "test",
        "state": "open",
        "farm": farm,
        "finding": "0" * 16,
        "code": "farmsight.test",
        "severity": "info",
        "was_severity": None,
        "title": "This is a test of the channel; nothing is wrong",
        "subject": "test",
        "why": message.text(f"{actor} asked for it."),
        "servers": [],
        "more_servers": [],
        "since": message.stamp(now),
        "opened": message.stamp(now),
        "closed": None,
        "symptoms": 0,
        "remedy": None,
        "first_change": None,
        "flapping": None,
        "reason": "",
        "link": None,
    }
    return message.message("test", farm, now, [alert], "")


def _check_span(begins: datetime, ends: datetime) -> None:
    if ends <= begins:
        raise InvalidRequestError("until: not after the beginning")
    if ends - begins > LONGEST:
        raise InvalidRequestError(f"until: at most {LONGEST.days} days")


def _locked(connection: Connection, farm: str) -> int:
    farm_id = farms.farm_id(connection, farm)
    if farm_id is None:
        raise NotFoundError(f"there is no farm '{farm}'")
    farms.lock_farm(connection, farm_id)
    return farm_id


def _named(connection: Connection, farm_id: int, farm: str, servers: Sequence[str]) -> list[str]:
    known = {row.name.lower(): row.name for row in farms.servers(connection, farm_id)}
    missing = [name for name in servers if name.lower() not in known]
    if missing:
        raise NotFoundError(f"{farm} has no server {missing[0]!r}; it has: {', '.join(known.values()) or 'none'}")
    return [known[name.lower()] for name in servers]


def _names(settings: Alerts) -> str:
    return ", ".join(one.name for one in settings.channels) or "none"


def _note(connection: Connection, at: datetime, actor: str, action: str, target: str, detail: str) -> None:
    audit.note(connection, at=at, actor=actor, action=action, target=target, detail=detail)
