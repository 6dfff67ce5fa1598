"""Figures as people read them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.shown.figures import duration, durations, share, short, size, span
from tests.fakes.farms import NOW


@pytest.mark.parametrize(
    ("milliseconds", "text"), [(None, ""), (0.2, "< 1 ms"), (41.27, "41 ms"), (5200, "5.2 s"), (float("nan"), "")]
)
def test_durations_have_the_unit_that_fits(milliseconds: float | None, text: str) -> None:
    assert duration(milliseconds) == text


def test_several_durations_are_told_from_to() -> None:
    assert durations([]) == ""
    assert durations([12.2, 12.4]) == "12 ms"
    assert durations([12, 48]) == "12\N{EN DASH}48 ms"
    assert durations([12, 4800]) == "12 ms\N{EN DASH}4.8 s"
    assert durations([0.1, 30]) == "< 1 ms\N{EN DASH}30 ms"


@pytest.mark.parametrize(("octets", "text"), [(0, ""), (812, "812 B"), (1234, "1.2 kB"), (999_600, "1.0 MB")])
def test_sizes_are_in_powers_of_a_thousand(octets: int, text: str) -> None:
    assert size(octets) == text


@given(st.floats(0, 1))
def test_a_share_is_never_more_than_is_true(part: float) -> None:
    text = share(part)

    assert (text == "100 %") == (part >= 1)
    assert (text == "0 %") == (part == 0)
    if not text.startswith("<"):
        assert float(text.removesuffix(" %")) <= part * 100 + 1e-9


def test_lengths_of_time_have_their_two_largest_units() -> None:
    assert span(timedelta(days=3, hours=4, minutes=9)) == "3 d 4 h"
    assert span(timedelta(hours=-2)) == "2 h"
    assert span(timedelta(minutes=12, seconds=3)) == "12 min"
    assert span(timedelta(seconds=40)) == "40 s"


def test_an_instant_in_a_cell_has_its_year_where_it_is_far() -> None:
    assert short(NOW + timedelta(days=3), NOW) == "11-26 10:00"
    assert short(NOW + timedelta(days=400), NOW) == "2027-12-28"
    assert short(None, NOW) == ""
