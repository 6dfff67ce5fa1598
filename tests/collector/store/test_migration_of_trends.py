"""What was kept of samples before there were quantiles is kept, and told as what it is."""

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from farmsight_collector.clock import micros
from farmsight_collector.queries.trend import Trended, trend
from farmsight_collector.queries.trend_lines.line import Wanted
from farmsight_collector.store import migrate
from farmsight_collector.store.engine import Store
from farmsight_collector.store.retention import Retention, prune
from tests.fakes.incoming import START, enrolled
from tests.fakes.past import DAY, HOUR

MIDNIGHT = START.replace(hour=0)
NAMES = "farm_id, series_id, at, count, minimum, mean, p95, maximum"


def put(engine: Engine, statement: str, *rows: dict[str, object]) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text(statement), list(rows))


@pytest.fixture
def old(store: Store) -> Store:
    """A store of the revision before: three days as days, two as hours, and samples from 06:30 of the last one on."""
    agent = enrolled(store, server="WAP01")
    engine = store.engine
    series = {"i": 7, "f": agent.farm_id, "s": agent.server_id}
    migrate.downgrade(engine, "0004")
    put(
        engine,
        "INSERT INTO series (id, farm_id, server_id, name, context, key)"
        " VALUES (:i, :f, :s, 'clock-offset-ms', 0, 'collector')",
        series,
    )
    figures = {"f": agent.farm_id, "s": 7, "low": 1.0, "mean": 2.0, "p95": 8.0, "high": 9.0}
    values = " VALUES (:f, :s, :at, :n, :low, :mean, :p95, :high)"
    put(
        engine,
        f"INSERT INTO samples_daily ({NAMES})" + values,
        *({**figures, "at": micros(MIDNIGHT + n * DAY), "n": 96} for n in range(3)),
    )
    hours = [MIDNIGHT + DAY + n * HOUR for n in range(1, 48)]  # the first hour of the first day was removed
    put(
        engine,
        f"INSERT INTO samples_hourly ({NAMES})" + values,
        *({**figures, "at": micros(at), "n": 4} for at in hours),
    )
    begins = MIDNIGHT + 2 * DAY + 6.5 * HOUR  # the first half of this hour was removed
    quarters = [begins + n * HOUR / 4 for n in range(70)]
    put(
        engine,
        "INSERT INTO samples (farm_id, series_id, at, value) VALUES (:f, :s, :at, 5.0)",
        *({"f": agent.farm_id, "s": 7, "at": micros(at)} for at in quarters),
    )
    migrate.upgrade(engine)
    return store


def told(store: Store, days: int, points: int) -> Trended:
    wanted = Wanted(farm="sts.contoso.com", begin=MIDNIGHT, end=MIDNIGHT + days * DAY)
    with store.read() as connection:
        (line,) = trend(connection, "clock-offset-ms", wanted, points=points).lines
    return line


def test_each_day_counts_what_it_counted(old: Store) -> None:
    before = [point.count for point in told(old, 3, 3).points]
    prune(old, Retention(), MIDNIGHT + 3 * DAY, pause_s=0)  # what has its samples is worked out anew

    assert before == [point.count for point in told(old, 3, 3).points] == [96, 96, 96]


def test_a_day_of_which_no_quantiles_were_kept_says_so_and_keeps_its_own_95th(old: Store) -> None:
    first, _, last = told(old, 3, 3).points

    assert (first.quantiles, first.p95, first.mean) == (False, 8.0, 2.0)
    assert last.maximum == 9.0


def test_back_in_the_revision_before_the_figures_stand_as_they_stood(old: Store) -> None:
    prune(old, Retention(), MIDNIGHT + 3 * DAY, pause_s=0)
    migrate.downgrade(old.engine, "0004")
    with old.engine.connect() as connection:
        days = connection.execute(sa.text("SELECT count, minimum, p95, maximum FROM samples_daily ORDER BY at")).all()
        hours = connection.scalar(sa.text("SELECT sum(count) FROM samples_hourly"))
    migrate.upgrade(old.engine)

    assert [tuple(row) for row in days[:2]] == [(96, 1.0, 8.0, 9.0)] * 2
    assert days[2][0] == 96
    assert hours == 96  # of the one day whose hours are whole
