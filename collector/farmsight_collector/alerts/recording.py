"""Writes what is to be told into the outbox, in the very transaction in which a finding changes or time runs out."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.engine import Connection

from farmsight_collector.alerts import message
from farmsight_collector.alerts.settings import SILENT, Alerts
from farmsight_collector.alerts.standing import Standing
from farmsight_collector.alerts.telling import Decision, Observation, decide, first_seen, observe
from farmsight_collector.store import acknowledgements, alert_standings, audit, farms, maintenance, outbox
from farmsight_collector.store.alert_standings import StandingRow
from farmsight_collector.store.findings import FindingChange, FindingRow
from farmsight_collector.store.maintenance import WindowRow

log = logging.getLogger(__name__)
WHO: Final = "collector"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One finding as something has just seen it."""

    finding: str
    code: str
    observation: Observation


@dataclass(kw_only=True)
class _Farm:
    """One farm while its standings are decided upon; its row is locked."""

    connection: Connection
    id: int
    name: str
    at: datetime
    windows: list[WindowRow]
    storm_until: datetime | None
    decisions: list[Decision] = field(default_factory=list)
    late: list[Standing] = field(default_factory=list)  # decided when the storm is over


class Recorder:
    """Turns what is seen of findings into messages; all methods work within the caller's transaction."""

    def __init__(self, settings: Alerts, collector: str = "") -> None:
        """Tell by these settings; `collector` is the name that messages carry."""
        self._settings = settings
        self._policy = settings.policy
        self._collector = collector

    def changed(self, connection: Connection, farm: str, changes: Sequence[FindingChange], at: datetime) -> None:
        """Take in what an evaluation changed. The farm is locked already."""
        now = [seen(change.finding) for change in changes if change.finding.code != SILENT]
        if now:
            self.saw(connection, farms.ensure_farm(connection, farm), farm, now, at)

    def saw(self, connection: Connection, farm_id: int, farm: str, found: Iterable[Seen], at: datetime) -> None:
        """Take in findings as they are seen now, and tell what is to be told of them."""
        by_id = {one.finding: one for one in found}
        held = alert_standings.standings(connection, farm_id, by_id)
        now = []
        for finding, one in by_id.items():
            known = Standing.from_json(held[finding]) if finding in held else first_seen(finding, one.code, at)
            now.append(observe(known, one.observation, at))
        self._decide(self._farm(connection, farm_id, farm, at), now)

    def due(self, connection: Connection, farm_id: int, farm: str, at: datetime) -> None:
        """Tell what is to be told because time went by. The farm is locked already."""
        now = [Standing.from_json(state) for state in alert_standings.due(connection, farm_id, at)]
        self._decide(self._farm(connection, farm_id, farm, at), now)

    def _farm(self, connection: Connection, farm_id: int, name: str, at: datetime) -> _Farm:
        window = timedelta(seconds=self._settings.digest_window_s)
        made = outbox.made_since(connection, farm_id, at - window)
        storm = len(made) >= self._settings.digest_above
        return _Farm(
            connection=connection,
            id=farm_id,
            name=name,
            at=at,
            windows=maintenance.in_force(connection, farm_id, at),
            storm_until=made[0] + window if storm else None,
        )

    def _decide(self, farm: _Farm, standings: Iterable[Standing]) -> None:
        for standing in standings:
            decision = decide(standing, farm.at, self._policy, _held_until(standing, farm.windows))
            if decision.event is not None and farm.storm_until is not None:
                farm.late.append(replace(standing, late=True, due=farm.storm_until))
            else:
                farm.decisions.append(decision)
        _keep(farm)
        self._tell(farm)

    def _tell(self, farm: _Farm) -> None:
        told = [decision for decision in farm.decisions if decision.event is not None]
        after_maintenance = [decision for decision in told if decision.before.held]
        at_once = [decision for decision in told if not decision.before.held]
        if after_maintenance:
            self._write(farm, "maintenance-ended", after_maintenance)
        if len(at_once) > self._settings.digest_above or (at_once and _were_late(at_once)):
            self._write(farm, "digest", at_once)
            return
        for decision in at_once:
            self._write(farm, "", [decision])

    def _write(self, farm: _Farm, event: str, decisions: Sequence[Decision]) -> None:
        ordered = sorted(decisions, key=_order)
        alerts = [message.alert(decision, farm.name, farm.at) for decision in ordered]
        told = message.message(event or alerts[0]["event"], farm.name, farm.at, alerts, self._collector)
        self.put(farm.connection, farm.id, farm.name, farm.at, told)

    def put(
        self,
        connection: Connection,
        farm_id: int,
        farm: str,
        at: datetime,
        told: Mapping[str, Any],
        channel: str | None = None,
    ) -> str:
        """Put a message into the outbox for the channels that want it, or for one; returns its id."""
        wanted: dict[str, list[int]] = {}
        for one in self._settings.channels:
            alerts = told["alerts"]
            places = [place for place, each in enumerate(alerts) if one.wants(farm, each["code"], each["severity"])]
            if channel == one.name:
                wanted[one.name] = list(range(len(alerts)))
            elif channel is None and places:
                wanted[one.name] = places
        return outbox.add(
            connection,
            farm_id=farm_id,
            at=at,
            event=str(told["event"]),
            payload=told,
            complete=told["event"] == "test",
            channels=wanted,
        )


def row_of(farm_id: int, standing: Standing) -> StandingRow:
    """Return a standing as the store keeps it."""
    return StandingRow(
        farm_id=farm_id,
        finding=standing.finding,
        code=standing.code,
        is_open=standing.open,
        told=standing.told,
        due=standing.due,
        state=standing.to_json(),
    )


def seen(row: FindingRow) -> Seen:
    """Return a finding of the store as it is seen."""
    payload = row.payload
    content = {
        "title": payload["title"],
        "subject": payload["subject"],
        "why": payload["why"],
        "since": payload["since"],
        "symptoms": len(payload["cause_of"]),
        "remedy": _first_step(payload["remedy"]),
    }
    observation = Observation(
        open=row.closed is None,
        cause=payload["caused_by"] is None,
        severity=row.severity,
        servers=tuple(payload["servers"]),
        content=content,
    )
    return Seen(finding=row.id, code=row.code, observation=observation)


def _order(decision: Decision) -> tuple[int, str, str]:
    before = decision.before
    return -before.severity, before.code, str(before.content.get("subject", ""))


def _first_step(remedy: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    if not remedy:
        return None
    step = remedy[0]
    # The lines of a command stay lines; all else is one.
    command = "\n".join(message.text(line) for line in str(step["command"]).splitlines()[:40])
    return {
        "server": message.text(step["server"]),
        "shell": message.text(step["shell"]),
        "command": command[: message.TEXT],
        "check": message.text(step.get("check", "")),
    }


def _held_until(standing: Standing, windows: Iterable[WindowRow]) -> datetime | None:
    """Return when the maintenance ends that all of the finding's servers are in."""
    ends = [window.ends for window in windows if window.covers(standing.servers)]
    return max(ends, default=None)


def _were_late(decisions: Iterable[Decision]) -> bool:
    return sum(decision.before.late for decision in decisions) > 1


def _keep(farm: _Farm) -> None:
    kept = [one.standing for one in farm.decisions if one.standing is not None]
    alert_standings.keep(farm.connection, [row_of(farm.id, one) for one in (*kept, *farm.late)])
    gone = [one.before.finding for one in farm.decisions if one.standing is None]
    alert_standings.forget(farm.connection, farm.id, gone)
    for decision in farm.decisions:
        if decision.acknowledgement_ended:
            _acknowledgement_ended(farm, decision)


def _acknowledgement_ended(farm: _Farm, decision: Decision) -> None:
    finding, why = decision.before.finding, decision.acknowledgement_ended
    if acknowledgements.end(farm.connection, farm.id, finding, farm.at, why):
        title = message.text(decision.before.content.get("title", ""), 300)
        audit.note(
            farm.connection,
            at=farm.at,
            actor=WHO,
            action="acknowledgement.end",
            target=finding,
            detail=f"{farm.name}: {why}: {title}",
        )
