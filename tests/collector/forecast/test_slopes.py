"""A trend that a few odd points do not bend."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.forecast.slopes import trend


def test_points_on_a_line_give_the_line_and_no_spread() -> None:
    found = trend([(float(x), 3.0 * x + 1) for x in range(20)])
    assert found is not None
    assert (found.slope, found.least, found.most) == (3.0, 3.0, 3.0)
    assert found.reaches(301.0) == (100.0, 100.0, 100.0)


def test_a_day_on_which_everything_was_slow_bends_nothing() -> None:
    points = [(float(x), 2.0 * x) for x in range(30)]
    points[7] = (7.0, 900.0)
    found = trend(points)
    assert found is not None
    assert found.slope == pytest.approx(2.0, abs=0.01)


def test_noise_without_a_trend_has_none() -> None:
    noise = random.Random(7)
    found = trend([(float(x), noise.gauss(40, 5)) for x in range(60)])
    assert found is not None
    assert not found.rises
    assert not found.falls


def test_what_stays_the_same_neither_rises_nor_falls() -> None:
    found = trend([(float(x), 5.0) for x in range(10)])
    assert found is not None
    assert (found.slope, found.rises, found.falls) == (0.0, False, False)


def test_the_interval_holds_the_true_slope_about_as_often_as_it_says() -> None:
    noise, inside = random.Random(11), 0
    for _ in range(200):
        found = trend([(float(x), 0.5 * x + noise.gauss(0, 3)) for x in range(25)])
        assert found is not None
        inside += found.least <= 0.5 <= found.most
    assert inside >= 180


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=40))
def test_any_points_have_a_trend_or_none(points: list[tuple[float, float]]) -> None:
    found = trend(points)
    if found is not None:
        assert found.least <= found.slope <= found.most
