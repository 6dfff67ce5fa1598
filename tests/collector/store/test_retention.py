"""What is old enough goes; what holds to this day stays; numbers live on as hours and days."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Table, func, select

from farmsight_collector.clock import micros
from farmsight_collector.ingest.apply import apply_reports
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.store import blobs, figures, samples, schema
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store
from farmsight_collector.store.retention import Retention, prune
from farmsight_collector.store.samples import NewSample, SeriesKey
from tests.fakes.incoming import START, enrolled, full, incoming

DAY = timedelta(days=1)


def count(store: Store, table: Table) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def sample(agent: AgentRow, at: datetime, value: float) -> NewSample:
    return NewSample(agent.farm_id, SeriesKey(agent.server_id, "clock-offset-ms", 0, "collector"), micros(at), value)


def test_history_that_ended_long_ago_goes_and_what_is_still_so_stays(store: Store) -> None:
    agent = enrolled(store, server="WAP01")
    with store.write() as connection:
        apply_reports(
            connection,
            [
                incoming(agent, full(1, {"A": 1, "B": 1}), START),
                incoming(agent, full(2, {"A": 1}), START + DAY),
                incoming(agent, full(3, {"A": 1, "C": 1}), START + 300 * DAY),
            ],
        )
    now = START + 402 * DAY
    assert prune(store, Retention(), now, pause_s=0)["facts"] == 1
    assert count(store, schema.facts) == 2
    assert count(store, schema.coverage) == 2
    with store.read() as connection:
        (server,) = farm_as_of(connection, "sts.contoso.com", now).servers
    assert [held.key for held in server.facts["schannel-setting"]] == ["A", "C"]


def test_samples_become_hours_and_days_before_they_go(store: Store) -> None:
    agent = enrolled(store)
    with store.write() as connection:
        samples.add(connection, [sample(agent, START + timedelta(minutes=n), float(n)) for n in range(120)])
    prune(store, Retention(), START + DAY, pause_s=0)
    prune(store, Retention(), START + 20 * DAY, pause_s=0)
    assert count(store, schema.samples) == 0
    with store.read() as connection:
        (hours,) = map(figures.unpack, connection.scalars(select(schema.samples_hourly.c.figures)))
        (days,) = map(figures.unpack, connection.scalars(select(schema.samples_daily.c.figures)))
    assert {place: (one.count, one.minimum, one.mean, one.maximum) for place, one in hours.items()} == {
        START.hour: (60, 0.0, 29.5, 59.0),
        START.hour + 1: (60, 60.0, 89.5, 119.0),
    }
    assert [(one.count, one.mean, one.maximum) for one in days.values()] == [(120, 59.5, 119.0)]


def test_an_hour_that_gets_samples_later_is_worked_out_anew(store: Store) -> None:
    agent = enrolled(store)
    for value in (1.0, 3.0):
        with store.write() as connection:
            samples.add(connection, [sample(agent, START + timedelta(seconds=value), value)])
        prune(store, Retention(), START + DAY, pause_s=0)
    with store.read() as connection:
        (hours,) = map(figures.unpack, connection.scalars(select(schema.samples_hourly.c.figures)))
    assert [one.mean for one in hours.values()] == [2.0]


def test_bytes_that_nothing_names_go_after_a_rest(store: Store) -> None:
    enrolled(store)
    with store.write() as connection:
        blobs.put(connection, hashlib.sha256(b"old").digest(), b"old", START)
        blobs.put(connection, hashlib.sha256(b"new").digest(), b"new", START + 9 * DAY)
    assert prune(store, Retention(), START + 10 * DAY, pause_s=0)["blobs"] == 1
    assert count(store, schema.blobs) == 1
