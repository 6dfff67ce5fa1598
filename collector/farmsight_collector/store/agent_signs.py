"""When agents last gave a sign, and whether anybody was there to hear it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros, moment
from farmsight_collector.store import schema
from farmsight_collector.store.rows import update_rows

AWAY_AFTER: Final = timedelta(seconds=30)  # without a collector that says it watches
_agents = schema.agents.c
_watch = schema.alert_watch.c
_SIGN: Final = func.coalesce(_agents.last_seen, _agents.enrolled)
_US: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Sign:
    """The last sign of one agent."""

    farm_id: int
    farm: str
    server: str
    last: datetime
    ever: bool  # False: it never connected, and `last` is when it was enrolled
    check_in: timedelta


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Until when somebody watched over the agents, and when last nobody did."""

    away_from: datetime
    away_until: datetime


def heard(connection: Connection, signs: Sequence[tuple[int, str]]) -> None:
    """Note signs of agents, each as microseconds and agent id."""
    update_rows(connection, schema.agents, "last_seen", signs)


def watch(connection: Connection, at: datetime) -> Watch:
    """Say that somebody watches now; returns when last nobody did."""
    now = micros(at)
    query = select(_watch.watched_until, _watch.away_from, _watch.away_until).with_for_update()
    found = connection.execute(query).one_or_none()
    if found is None:
        values = {"watched_until": now, "away_from": now, "away_until": now}
        connection.execute(schema.alert_watch.insert().values(id=1, **values))
        return Watch(away_from=at, away_until=at)
    values = {"watched_until": now}
    # Also a clock that was set back: nothing is known of how long that was.
    if not 0 <= now - found.watched_until <= AWAY_AFTER // timedelta(microseconds=1):
        values |= {"away_from": min(found.watched_until, now), "away_until": now}
    connection.execute(update(schema.alert_watch).values(**values))
    away_from, away_until = values.get("away_from", found.away_from), values.get("away_until", found.away_until)
    return Watch(away_from=moment(away_from), away_until=moment(min(away_until, now)))


def overdue(connection: Connection, at: datetime, grace: timedelta, farm_id: int | None = None) -> list[Sign]:
    """Return the agents that have given no sign for longer than their check-in and a grace."""
    late = micros(at) - grace // timedelta(microseconds=1)
    query = _all().where(_SIGN + _agents.check_in_s * _US < late)
    return _signs(connection, query, farm_id)


def signs(connection: Connection, farm_id: int) -> dict[str, Sign]:
    """Return the last sign of each agent of a farm that may speak, by server."""
    return {sign.server: sign for sign in _signs(connection, _all(), farm_id)}


def _all() -> Any:  # noqa: ANN401 - a Select of seven columns
    return (
        select(
            schema.servers.c.farm_id,
            schema.farms.c.name.label("farm"),
            schema.servers.c.name.label("server"),
            _agents.last_seen,
            _agents.enrolled,
            _agents.check_in_s,
        )
        .join(schema.servers, _agents.server_id == schema.servers.c.id)
        .join(schema.farms, schema.servers.c.farm_id == schema.farms.c.id)
        .where(_agents.state != "revoked")
    )


def _signs(connection: Connection, query: Any, farm_id: int | None) -> list[Sign]:  # noqa: ANN401 - a Select
    asked = query if farm_id is None else query.where(schema.servers.c.farm_id == farm_id)
    return [
        Sign(
            farm_id=row.farm_id,
            farm=row.farm,
            server=row.server,
            last=moment(row.enrolled if row.last_seen is None else row.last_seen),
            ever=row.last_seen is not None,
            check_in=timedelta(seconds=row.check_in_s),
        )
        for row in connection.execute(asked)
    ]
