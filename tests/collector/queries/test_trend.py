"""One question for how things went: samples, and what is worked out from facts and findings."""

from datetime import timedelta

import pytest

from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.queries.forecast import OF, Asked, forecasts
from farmsight_collector.queries.trend import trend
from farmsight_collector.queries.trend_lines.line import Wanted
from farmsight_collector.store.engine import Store
from farmsight_collector.store.retention import Retention, prune
from farmsight_wire.v1 import facts_pb2 as f
from farmsight_wire.v1.vocabulary import TRENDS, WORKED_OUT
from tests.fakes.incoming import START, enrolled
from tests.fakes.past import AS, DAY, HOUR, KEY, Past, crl, durations, fetched, weekly

FARM = "sts.contoso.com"
SHORT = Retention(samples=2 * DAY, hourly=10 * DAY)


def wanted(days: float, end=START + 70 * DAY, **filters: str) -> Wanted:
    return Wanted(farm=FARM, begin=end - days * DAY, end=end, **filters)


@pytest.fixture
def past(store: Store) -> Past:
    return Past(store, enrolled(store, server="WAP01"))


def test_a_span_over_samples_hours_and_days_has_no_seam(store: Store, past: Past) -> None:
    durations(past, START, 70, slower_by=0)
    prune(store, SHORT, START + 70 * DAY, pause_s=0)
    with store.read() as connection:
        told = trend(connection, "retrieval-duration-ms", wanted(70))
    (line,) = told.lines

    assert told.made_of == "days"
    assert sum(point.count for point in line.points) == 70 * 24
    for point in line.points:
        assert point.minimum <= point.p05 <= point.p50 <= point.p95 <= point.maximum
        assert 1700 < point.p50 < 2300  # the true median is 2000


def test_an_agent_that_was_away_for_a_day_is_a_gap_and_its_late_samples_fill_it(store: Store, past: Past) -> None:
    durations(past, START, 3, slower_by=0)
    durations(past, START + 4 * DAY, 3, slower_by=0)
    prune(store, SHORT, START + 8 * DAY, pause_s=0)
    week = wanted(7, START + 7 * DAY)
    with store.read() as connection:
        before = trend(connection, "retrieval-duration-ms", week, points=7).lines[0]
    durations(past, START + 3 * DAY, 1, slower_by=0)
    with store.read() as connection:
        late = trend(connection, "retrieval-duration-ms", week, points=7).lines[0]  # nothing was worked out since
    prune(store, SHORT, START + 8 * DAY, pause_s=0)
    with store.read() as connection:
        after = trend(connection, "retrieval-duration-ms", week, points=7).lines[0]

    assert sum(point.count for point in before.points) == 6 * 24
    assert sum(point.count for point in late.points) == sum(point.count for point in after.points) == 7 * 24


def test_time_left_falls_evenly_and_is_below_zero_when_the_list_has_ended(store: Store, past: Past) -> None:
    past.told(START, "retrievals", fetched(crl(1, START, 2 * DAY), 1), context=AS, until=START + 5 * DAY)
    with store.read() as connection:
        told = trend(connection, "crl-validity-left", wanted(4, START + 4 * DAY, server="WAP01"), points=4)
    (line,) = told.lines

    assert (line.context, line.key, told.unit, told.made_of) == ("network-service", KEY, "s", "facts")
    assert [round(point.mean / 86400, 1) for point in line.points] == [1.5, 0.5, -0.5, -1.5]


def test_a_url_that_failed_for_a_day_of_four_is_there_for_three_quarters(store: Store, past: Past) -> None:
    good, bad = crl(1, START, 30 * DAY), f.RETRIEVAL_OUTCOME_TIMED_OUT
    past.told(START, "retrievals", fetched(good, 1), context=AS, until=START + DAY)
    past.told(START + DAY, "retrievals", fetched(good, 1, bad), context=AS, until=START + 2 * DAY)
    past.told(START + 2 * DAY, "retrievals", fetched(good, 1), context=AS, until=START + 4 * DAY)
    with store.read() as connection:
        told = trend(connection, "url-availability", wanted(8, START + 8 * DAY), points=8)
    (line,) = told.lines

    assert [point.mean for point in line.points if point.count] == [1.0, 0.0, 1.0, 1.0, 1.0]
    assert line.points[4].known < 0.01  # two runs missed, and a grace
    assert [point.count for point in line.points[5:]] == [0, 0, 0]


def test_the_rhythm_of_a_ca_and_how_late_it_is(store: Store, past: Past) -> None:
    last = weekly(past, START, 6, later_by=HOUR)
    with store.read() as connection:
        rhythm = trend(connection, "crl-publication-interval", wanted(60, last + 8 * DAY)).lines[0]
        late = trend(connection, "crl-publication-overdue", wanted(2, last + 8 * DAY), points=2).lines[0]
    told = [round(point.mean / 3600) for point in rhythm.points if point.count]

    assert told == [169, 170, 171, 172, 173]
    assert [round(point.mean / 3600) for point in late.points] == [0, 12]


def test_every_trend_has_an_answer_where_nothing_is_known(store: Store) -> None:
    with store.read() as connection:
        for name in TRENDS:
            told = trend(connection, name, wanted(30))
            assert (told.lines, told.left_out) == ((), 0), name


@pytest.mark.parametrize("span", [0.0, -1.0, 5000.0])
def test_a_span_that_is_none_is_refused(store: Store, span: float) -> None:
    with store.read() as connection, pytest.raises(InvalidRequestError, match="from"):
        trend(connection, "clock-offset-ms", wanted(span))


def test_who_is_not_heard_of_is_told_apart_from_who_is(store: Store, past: Past) -> None:
    past.told(START, "host", until=START + DAY)
    with store.read() as connection:
        (line,) = trend(connection, "agent-heard", wanted(4, START + 4 * DAY), points=4).lines

    assert [round(point.mean, 1) for point in line.points] == [1.0, 0.0, 0.0, 0.0]
    assert set(WORKED_OUT) <= set(TRENDS)


def test_what_grows_and_what_comes_later_each_time_is_forecast(store: Store, past: Past) -> None:
    last = weekly(past, START, 11, later_by=2.4 * HOUR, grows=2_500_000)
    durations(past, last - 40 * DAY, 41, slower_by=150)
    with store.read() as connection:
        found = {one.of: one for one in forecasts(connection, Asked(farm=FARM, at=last + DAY, of=frozenset(OF)))}

    assert found["crl-size"].state == "expected"
    assert "105 MB" in found["crl-size"].says
    assert found["crl-time"].state == "expected"
    assert found["crl-time"].at is not None
    assert timedelta(days=20) < found["crl-time"].at - last < timedelta(days=80)
    assert found["publication"].state == "expected"
    assert "after this one ends" in found["publication"].says
    assert found["cache"].state == "not-expected"
