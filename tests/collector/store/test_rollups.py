"""Each sample is in hours and days exactly once, whenever it comes and whatever was removed before."""

import random
import threading
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from farmsight_collector.clock import micros, moment
from farmsight_collector.store import figures, measured, samples, schema
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store, open_store
from farmsight_collector.store.figures import Figures
from farmsight_collector.store.retention import Retention, prune
from farmsight_collector.store.samples import DAY_US, HOUR_US, NewSample, SeriesKey
from tests.fakes.incoming import START, enrolled

DAY = timedelta(days=1)
MIDNIGHT = START.replace(hour=0)
KEEP = Retention(samples=2 * DAY, hourly=4 * DAY, daily=400 * DAY)


def sample(agent: AgentRow, at: datetime, value: float) -> NewSample:
    return NewSample(agent.farm_id, SeriesKey(agent.server_id, "clock-offset-ms", 0, "collector"), micros(at), value)


def came(store: Store, agent: AgentRow, *found: tuple[datetime, float]) -> None:
    with store.write() as connection:
        samples.add(connection, [sample(agent, at, value) for at, value in found])


def hours_and_days(store: Store) -> tuple[dict[datetime, Figures], dict[datetime, Figures]]:
    read = []
    for table, width in ((schema.samples_hourly, HOUR_US), (schema.samples_daily, DAY_US)):
        with store.read() as connection:
            rows = connection.execute(select(table.c.at, table.c.figures)).all()
        read.append(
            {moment(at + n * width): one for at, data in rows for n, one in figures.unpack(bytes(data)).items()}
        )
    return read[0], read[1]


def left(store: Store) -> list[float]:
    with store.read() as connection:
        return list(connection.scalars(select(schema.samples.c.value).order_by(schema.samples.c.at)))


def test_samples_that_come_after_the_others_were_removed_are_added_to_their_hour_and_day(store: Store) -> None:
    agent = enrolled(store)
    came(store, agent, (MIDNIGHT, 1.0), (MIDNIGHT + timedelta(minutes=15), 3.0))
    prune(store, KEEP, MIDNIGHT + 3 * DAY, pause_s=0)
    assert left(store) == []
    came(store, agent, (MIDNIGHT + timedelta(minutes=30), 8.0))
    prune(store, KEEP, MIDNIGHT + 3 * DAY, pause_s=0)

    hours, days = hours_and_days(store)
    assert left(store) == []
    assert (hours[MIDNIGHT].count, hours[MIDNIGHT].mean, hours[MIDNIGHT].maximum) == (3, 4.0, 8.0)
    assert (days[MIDNIGHT].count, days[MIDNIGHT].mean) == (3, 4.0)


def test_samples_that_come_after_the_hours_were_removed_are_added_to_their_day(store: Store) -> None:
    agent = enrolled(store)
    came(store, agent, (MIDNIGHT, 1.0))
    prune(store, KEEP, MIDNIGHT + 9 * DAY, pause_s=0)
    came(store, agent, (MIDNIGHT + timedelta(hours=5), 3.0))
    prune(store, KEEP, MIDNIGHT + 9 * DAY, pause_s=0)

    hours, days = hours_and_days(store)
    assert (hours, left(store)) == ({}, [])
    assert (days[MIDNIGHT].count, days[MIDNIGHT].mean) == (2, 2.0)


MINUTES = st.integers(0, 7 * 24 * 60)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("samples"), st.lists(MINUTES, min_size=1, max_size=12, unique=True)),
        st.tuples(st.just("prune"), MINUTES),
    ),
    max_size=12,
)


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_nothing_is_lost_and_nothing_counted_twice(name: str, acts: list, request: pytest.FixtureRequest) -> None:
    """Samples of any time come in any order between prunings of any time: a day off line, and more."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'store.db'}"
        if name == "postgresql":
            url = request.getfixturevalue("postgres_url")
        store = open_store(url)
        try:
            _lived_through(store, acts)
        finally:
            store.close()


def _lived_through(store: Store, acts: list) -> None:
    with store.write() as connection:
        for table in (schema.samples, schema.samples_hourly, schema.samples_daily, schema.samples_pending):
            connection.execute(table.delete())
    agent = enrolled(store)
    given_at: dict[datetime, float] = {}
    for act, what in acts:
        if act == "samples":
            new = {MIDNIGHT + timedelta(minutes=n): float(n % 97) for n in what}
            new = {at: value for at, value in new.items() if at not in given_at}
            given_at.update(new)
            came(store, agent, *new.items())
        else:
            prune(store, KEEP, MIDNIGHT + timedelta(minutes=what) + DAY, pause_s=0)
    prune(store, KEEP, MIDNIGHT + 8 * DAY, pause_s=0)
    by_day: dict[datetime, list[float]] = {}
    for at, value in given_at.items():
        by_day.setdefault(at.replace(hour=0, minute=0), []).append(value)
    hours, days = hours_and_days(store)
    mine = {key: one for key, one in days.items() if key in by_day}
    assert {at: one.count for at, one in mine.items()} == {at: len(values) for at, values in by_day.items()}
    for at, values in by_day.items():
        assert (days[at].minimum, days[at].maximum) == (min(values), max(values))
        assert days[at].mean == pytest.approx(sum(values) / len(values), rel=1e-5)
    assert all(one.count <= days[at.replace(hour=0)].count for at, one in hours.items())


def test_samples_that_come_while_others_are_removed_are_all_counted(store: Store) -> None:
    """Agents report of a whole week, in any order, while hours are worked out and samples removed all the time."""
    agents = [enrolled(store) for _ in range(2)]
    minutes = list(range(0, 7 * 24 * 60, 60))
    failed: list[BaseException] = []

    def report(number: int) -> None:
        order = random.Random(number).sample(minutes, len(minutes))
        try:
            for some in (order[at : at + 12] for at in range(0, len(order), 12)):
                came(store, agents[number], *((MIDNIGHT + timedelta(minutes=n), float(n % 7)) for n in some))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=report, args=(number,)) for number in range(len(agents))]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        prune(store, KEEP, MIDNIGHT + 8 * DAY, pause_s=0)
    for thread in threads:
        thread.join()
    prune(store, KEEP, MIDNIGHT + 8 * DAY, pause_s=0)

    assert not failed
    with store.read() as connection:
        for series in measured.series(connection, measured.Asked(farm="sts.contoso.com", name="clock-offset-ms")):
            (found,) = measured.measured(
                connection, [series], micros(MIDNIGHT), micros(MIDNIGHT + 8 * DAY), DAY_US
            ).values()
            assert sum(one.count for _, one in found.figures) + len(found.samples) == len(minutes)
