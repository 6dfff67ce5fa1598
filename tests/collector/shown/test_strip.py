"""Lines of time as shapes."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.shown.strip import Scale, ticks
from tests.fakes.farms import NOW

WEEK = Scale(begin=NOW - timedelta(days=7), end=NOW)
INSTANTS = st.timedeltas(timedelta(days=-9000), timedelta(days=9000)).map(lambda away: NOW + away)


def test_the_middle_of_a_week_is_in_the_middle() -> None:
    assert WEEK.at(NOW - timedelta(days=3.5)) == 50
    assert WEEK.bar(NOW - timedelta(days=7), NOW) == (0, 100)


@given(INSTANTS, INSTANTS)
def test_nothing_is_drawn_outside_and_nothing_vanishes(begin: datetime, end: datetime) -> None:
    left, width = WEEK.bar(min(begin, end), max(begin, end))

    assert 0 <= left <= 100
    assert width > 0


@given(st.timedeltas(timedelta(minutes=10), timedelta(days=5000)))
def test_marks_are_at_round_instants_and_few(length: timedelta) -> None:
    found = ticks(Scale(begin=NOW, end=NOW + length))

    assert len(found) <= 10
    assert [one.at for one in found] == sorted(one.at for one in found)


def test_a_week_has_its_days() -> None:
    assert [one.text for one in ticks(WEEK)] == ["11-17", "11-18", "11-19", "11-20", "11-21", "11-22", "11-23"]
