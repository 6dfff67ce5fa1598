"""A span of samples is read without a seam, and counts nothing twice, whatever was removed and whenever it came."""

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.store import measured, samples, schema
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store, open_store
from farmsight_collector.store.measured import SAMPLES, Asked
from farmsight_collector.store.retention import Retention, prune
from farmsight_collector.store.rollups import roll_up, seal
from farmsight_collector.store.samples import DAY_US, HOUR_US, NewSample, SeriesKey
from tests.fakes.incoming import START, enrolled

DAY = timedelta(days=1)
MIDNIGHT = START.replace(hour=0)
KEEP = Retention(samples=2 * DAY, hourly=4 * DAY, daily=400 * DAY)
ASKED = Asked(farm="sts.contoso.com", name="clock-offset-ms")


def came(store: Store, agent: AgentRow, found: dict[datetime, float]) -> None:
    key = SeriesKey(agent.server_id, "clock-offset-ms", 0, "collector")
    with store.write() as connection:
        samples.add(connection, [NewSample(agent.farm_id, key, micros(at), value) for at, value in found.items()])


def told(connection: Connection, begin: int, end: int, width: int) -> list[tuple[int, int, float]]:
    """Return begin, count and sum of all that is read, in order."""
    found = measured.series(connection, ASKED)
    width = max(width, measured.coarsest(found, begin))
    begin = begin // width * width
    (one,) = measured.measured(connection, found, begin, end, width).values() if found else (measured.Measured(),)
    return sorted(
        [(at, 1, value) for at, value in one.samples]
        + [(at, its.count, its.mean * its.count) for at, its in one.figures]
    )


MINUTES = st.integers(0, 7 * 24 * 60)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("samples"), st.lists(MINUTES, min_size=1, max_size=12, unique=True)),
        st.tuples(st.just("prune"), MINUTES),
        st.tuples(st.just("roll up a few"), MINUTES),
        st.tuples(st.just("remove one day"), MINUTES),
    ),
    max_size=10,
)


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, span=st.tuples(MINUTES, MINUTES), width=st.sampled_from([SAMPLES, HOUR_US, DAY_US]))
def test_each_sample_counts_once_at_any_point_of_pruning(
    name: str, acts: list, span: tuple[int, int], width: int, request: pytest.FixtureRequest
) -> None:
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'store.db'}"
        if name == "postgresql":
            url = request.getfixturevalue("postgres_url")
        store = open_store(url)
        try:
            _checked(store, acts, span, width)
        finally:
            store.close()


def _checked(store: Store, acts: list, span: tuple[int, int], width: int) -> None:
    with store.write() as connection:
        for table in (schema.samples, schema.samples_hourly, schema.samples_daily, schema.samples_pending):
            connection.execute(table.delete())
        connection.execute(schema.series.delete())
    agent = enrolled(store)
    here: dict[datetime, float] = {}
    whole = micros(MIDNIGHT), micros(MIDNIGHT + 9 * DAY)
    for act, what in acts:
        at = MIDNIGHT + DAY + timedelta(minutes=1 if isinstance(what, list) else what)
        if act == "samples":
            new = {MIDNIGHT + timedelta(minutes=n): float(n % 97) for n in what}
            new = {at: value for at, value in new.items() if at not in here}
            here.update(new)
            came(store, agent, new)
        elif act == "prune":
            prune(store, KEEP, at, pause_s=0)
        else:
            with store.write() as connection:
                if act == "roll up a few":
                    roll_up(connection, at, limit=2)
                elif found := measured.series(connection, ASKED):
                    seal(connection, agent.farm_id, found[0].id, micros(at) // DAY_US * DAY_US)
        with store.read() as connection:
            read = told(connection, *whole, width)
        assert sum(count for _, count, _ in read) == len(here)
        assert sum(value for _, _, value in read) == pytest.approx(sum(here.values()), rel=1e-5)
    begin, end = (micros(MIDNIGHT + timedelta(minutes=n)) for n in sorted(span))
    with store.read() as connection:
        read = told(connection, begin, end, width)
        coarse = max(width, measured.coarsest(measured.series(connection, ASKED), begin))
    inside = sorted(micros(at) for at in here if begin // coarse * coarse <= micros(at) <= end)
    assert sum(count for _, count, _ in read) <= len(inside)  # nothing later than the end is told
    edge = end // DAY_US * DAY_US
    assert sum(count for at, count, _ in read if at < edge) == sum(at < edge for at in inside)
