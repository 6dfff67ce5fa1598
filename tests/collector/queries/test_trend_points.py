"""Numbers, and what held over time, as points of equal width."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.clock import micros
from farmsight_collector.queries.trend_points import (
    Frame,
    Point,
    Stretch,
    framed,
    of_events,
    of_samples,
    of_stretches,
)
from farmsight_collector.store import figures
from farmsight_collector.store.measured import SAMPLES
from farmsight_collector.store.samples import DAY_US, HOUR_US

NOON = datetime(2026, 11, 20, 12, 17, tzinfo=UTC)


def frame(begin: int, end: int, count: int) -> Frame:
    return Frame(begin=begin, end=end, width=(end - begin) / count, count=count, unit=SAMPLES)


def test_a_point_without_samples_is_a_gap_and_not_a_zero() -> None:
    made = list(of_samples([(0, 5.0), (1, 7.0), (99, 1.0)], (), frame(0, 100, 4)))

    assert [point.count for point in made] == [2, 0, 0, 1]
    assert made[0].mean == 6.0
    assert made[0].maximum == 7.0
    assert made[1].known == 0.0
    assert made[3].minimum == 1.0


@given(
    st.lists(st.tuples(st.integers(0, 10**12), st.floats(-1e9, 1e9)), max_size=60),
    st.integers(1, 200),
)
def test_every_sample_is_in_exactly_one_point(samples: list[tuple[int, float]], count: int) -> None:
    made = list(of_samples(samples, (), frame(0, 10**12, count)))

    assert len(made) == count
    assert sum(point.count for point in made) == len(samples)
    for point in made:
        if point.count:
            assert point.minimum <= point.p05 <= point.p50 <= point.p95 <= point.maximum


def test_hours_and_samples_of_one_point_are_one_crowd() -> None:
    old, new = [float(n) for n in range(1, 91)], [float(n) for n in range(91, 101)]
    (point,) = of_samples([(5, n) for n in new], [(2, figures.of(old))], frame(0, 10, 1))

    assert (point.count, point.minimum, point.maximum, point.mean) == (100, 1.0, 100.0, 50.5)
    assert abs(point.p95 - 96) <= 2
    assert abs(point.p50 - 51) <= 1.1


def test_what_was_kept_before_there_were_quantiles_has_none_but_its_own() -> None:
    blind = figures.Figures(96, 1.0, 2.0, 9.0, b"", 5.5)
    alone, both = of_samples((), [(1, blind), (6, blind), (7, blind)], frame(0, 10, 2))

    assert (alone.quantiles, alone.p95, both.quantiles, both.count) == (False, 5.5, False, 192)


def test_the_borders_of_points_are_those_of_the_hours_or_days_that_are_read() -> None:
    fine = framed(NOON - timedelta(days=3), NOON, 60, SAMPLES)
    hourly = framed(NOON - timedelta(days=14), NOON, 60, SAMPLES)
    daily = framed(NOON - timedelta(days=400), NOON, 60, SAMPLES)
    old = framed(NOON - timedelta(days=3), NOON, 60, HOUR_US)

    assert (fine.unit, fine.count, fine.begin) == (SAMPLES, 60, micros(NOON - timedelta(days=3)))
    assert (hourly.unit, hourly.width, hourly.begin % HOUR_US) == (HOUR_US, 6 * HOUR_US, 0)
    assert (daily.unit, daily.width, daily.begin % DAY_US, daily.count) == (DAY_US, 7 * DAY_US, 0, 58)
    assert (old.unit, old.width) == (HOUR_US, 2 * HOUR_US)
    assert all(one.until >= micros(NOON) for one in (fine, hourly, daily, old))


def test_what_falls_evenly_is_weighed_by_time() -> None:
    first, second = of_stretches([Stretch(0, 100, 100.0, 0.0)], frame(0, 200, 2))

    assert (first.minimum, first.mean, first.maximum, first.known) == (0.0, 50.0, 100.0, 1.0)
    assert abs(first.p95 - 95) <= 7
    assert second == Point(second.at)


def test_the_unknown_part_of_a_point_is_told_apart() -> None:
    held = [Stretch(0, 25, 1.0, 1.0), Stretch(25, 50, 0.0, 0.0)]
    (point,) = of_stretches(held, frame(0, 100, 1))

    assert (point.mean, point.known) == (0.5, 0.5)


def test_no_events_where_some_would_have_been_seen_are_none_and_elsewhere_a_gap() -> None:
    some, none, gap = of_events([3, 4], [Stretch(0, 20, 0.0, 0.0)], frame(0, 30, 3))

    assert (some.mean, none.mean, none.count, gap.count) == (2.0, 0.0, 1, 0)
