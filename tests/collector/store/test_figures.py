"""Figures come back from the bytes of a row as they went in; what is one and the same number takes little room."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.store import figures

NUMBERS = st.integers(-(10**9), 10**9).map(lambda one: one / 64)


@given(st.dictionaries(st.integers(0, 23), st.lists(NUMBERS, min_size=1, max_size=30), max_size=6))
def test_a_row_gives_back_what_it_was_given(values: dict[int, list[float]]) -> None:
    put = {place: figures.of(its) for place, its in values.items()}

    got = figures.unpack(figures.pack(put))

    assert got.keys() == put.keys()
    for place, one in put.items():
        back = got[place]
        assert (back.count, back.counts) == (one.count, one.counts)
        for ours, theirs in ((back.minimum, one.minimum), (back.mean, one.mean), (back.maximum, one.maximum)):
            assert math.isclose(ours, theirs, rel_tol=1e-6, abs_tol=1e-30)


@pytest.mark.parametrize("value", [0.0, 48_211.0, -1.5, 41.003, 3.3e38])
def test_the_same_number_all_day_takes_nine_bytes_and_keeps_its_quantiles(value: float) -> None:
    one = figures.of([value] * 96)

    data = figures.pack({7: one})

    assert len(data) == 9
    assert figures.unpack(data)[7].counts == one.counts


def test_more_of_the_same_number_than_nine_bytes_can_count_are_counted_all_the_same() -> None:
    one = figures.of([5.0] * 70_000)

    assert figures.unpack(figures.pack({0: one}))[0].count == 70_000
