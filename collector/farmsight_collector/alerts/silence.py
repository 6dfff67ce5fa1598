"""Agents that fell silent, within 90 seconds of their last sign, and told apart from a collector that was away."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.engine import Connection

from farmsight_collector.alerts import message
from farmsight_collector.alerts.recording import Recorder, Seen
from farmsight_collector.alerts.settings import SILENT
from farmsight_collector.alerts.standing import Standing
from farmsight_collector.alerts.telling import Observation
from farmsight_collector.rules.engine import finding_id
from farmsight_collector.rules.rule import Severity
from farmsight_collector.store import agent_signs, alert_standings, farms
from farmsight_collector.store.agent_signs import Sign, Watch
from farmsight_collector.store.engine import Store

# After a check-in that did not come. With the 60 seconds between check-ins, and the time between two looks, under 90.
GRACE: Final = timedelta(seconds=22)
_WHY: Final = "Nothing is known of this server as of now: its findings neither appear nor close."


def look(store: Store, recorder: Recorder, watch: Watch, at: datetime) -> None:
    """Take in which agents are silent and which are back, farm by farm."""
    with store.read() as connection:
        overdue = _silent(agent_signs.overdue(connection, at, GRACE), watch, at)
        known = alert_standings.open_of(connection, SILENT)
    of_farm = {Standing.from_json(state).finding: farm_id for farm_id, state in known}
    new = {one.farm_id for one in overdue if _id(one) not in of_farm}
    expected = {_id(one) for one in overdue}
    over = {farm_id for finding, farm_id in of_farm.items() if finding not in expected}
    for farm_id in sorted(new | over):
        with store.write() as connection:
            farms.lock_farm(connection, farm_id)
            _settle(connection, recorder, farm_id, watch, at)


def _settle(connection: Connection, recorder: Recorder, farm_id: int, watch: Watch, at: datetime) -> None:
    """Do the same once more under the farm's lock: another replica may have been faster."""
    signs = agent_signs.signs(connection, farm_id)
    silent = {_id(one): one for one in _silent(agent_signs.overdue(connection, at, GRACE, farm_id), watch, at)}
    rows = alert_standings.open_of(connection, SILENT)
    states = [Standing.from_json(state) for farm, state in rows if farm == farm_id]
    known = {one.finding: one for one in states}
    seen = [_fell_silent(one, watch) for finding, one in silent.items() if finding not in known]
    seen += _over(known, silent, signs)
    if seen:
        name = farms.farm_name(connection, farm_id)
        recorder.saw(connection, farm_id, name, seen, at)


def _silent(signs: Iterable[Sign], watch: Watch, at: datetime) -> list[Sign]:
    """Return those that had the time to give a sign since somebody was there to hear it."""
    return [one for one in signs if at > max(one.last, watch.away_until) + one.check_in + GRACE]


def _fell_silent(one: Sign, watch: Watch) -> Seen:
    said = f"was last heard of {one.last:%Y-%m-%d %H:%M:%S} UTC" if one.ever else "has never been heard of"
    reason = ""
    if one.last < watch.away_until:
        reason = (
            f"no collector ran from {watch.away_from:%Y-%m-%d %H:%M:%S} to {watch.away_until:%H:%M:%S} UTC: "
            "when within this it fell silent is not known"
        )
    return Seen(
        finding=_id(one),
        code=SILENT,
        observation=Observation(
            open=True,
            cause=True,
            severity=Severity.WARNING,
            servers=(one.server,),
            content=_content(one.server, f"The agent of {one.server} {said}", reason, one.last),
        ),
    )


def _over(known: Mapping[str, Standing], silent: Mapping[str, Sign], signs: Mapping[str, Sign]) -> Iterator[Seen]:
    for finding, standing in known.items():
        server = standing.servers[0]
        sign = signs.get(server)
        if finding in silent or (sign is not None and sign.last <= standing.opened):
            continue  # also where a collector was away: that is no sign of an agent
        if sign is None:
            content = {**_content(server, f"The agent of {server} was revoked", "", None), "gone": True}
        else:
            said = f"The agent of {server} is heard again, {sign.last:%Y-%m-%d %H:%M:%S} UTC"
            content = _content(server, said, "", sign.last)
        observation = Observation(
            open=False, cause=True, severity=standing.severity, servers=standing.servers, content=content
        )
        yield Seen(finding=finding, code=SILENT, observation=observation)


def _content(server: str, title: str, reason: str, since: datetime | None) -> dict[str, Any]:
    return {
        "title": title,
        "subject": server,
        "why": _WHY,
        "since": None if since is None else message.stamp(since),
        "symptoms": 0,
        "remedy": {"server": server, "shell": "text", "command": "farmsight-agent doctor", "check": _CHECK},
        "reason": reason,
    }


_CHECK: Final = "Is the server running, and does it reach the collector?"


def _id(one: Sign) -> str:
    return finding_id(one.farm, SILENT, one.server)
