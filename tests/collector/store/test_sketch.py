"""Quantiles of numbers that are no longer here."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.store import figures, sketch
from farmsight_collector.store.figures import Figures

NUMBERS = st.floats(-1e14, 1e14, allow_nan=False)


def counts_of(data: bytes) -> dict[int, int]:
    found: dict[int, int] = {}
    sketch.add(found, data)
    return found


def near(told: float, true: float) -> bool:
    return abs(told - true) <= sketch.ERROR * abs(true) + sketch.NOTHING


@given(NUMBERS)
def test_what_stands_for_a_number_is_within_the_stated_error_of_it(number: float) -> None:
    assert near(sketch.middle(sketch.bucket(number)), number)


@given(st.lists(NUMBERS, min_size=1, max_size=400), st.sampled_from([0.05, 0.5, 0.95]))
def test_a_quantile_is_within_the_stated_error_of_the_true_one(numbers: list[float], part: float) -> None:
    true = sorted(numbers)[sketch.rank(len(numbers), part)]
    assert near(sketch.quantile(sketch.counted(numbers), part), true)


@given(st.dictionaries(st.integers(-1900, 1900), st.integers(1, 2000), max_size=40))
def test_counts_come_back_from_bytes_as_they_were(counts: dict[int, int]) -> None:
    data = sketch.packed(counts)
    assert counts_of(data) == counts
    assert sketch.total(data) == sum(counts.values())


@given(st.lists(st.lists(NUMBERS, min_size=1, max_size=30), min_size=1, max_size=8))
def test_merged_parts_are_as_good_as_the_whole(parts: list[list[float]]) -> None:
    whole = figures.of([number for part in parts for number in part])
    merged = figures.merged(map(figures.of, parts))
    assert merged is not None
    assert counts_of(merged.counts) == counts_of(whole.counts)
    assert (merged.count, merged.minimum, merged.maximum) == (whole.count, whole.minimum, whole.maximum)
    assert merged.mean == pytest.approx(whole.mean, rel=1e-9, abs=1e-3)


def test_rows_come_back_with_seven_digits_and_what_had_no_sketch_stays_so() -> None:
    rows = {0: figures.of([41.25, 43.5]), 7: Figures(96, 1.0, 2.0, 9.0, b"", 5.5), 23: figures.of([0.0])}
    assert figures.unpack(figures.pack(rows)) == rows


def test_an_hour_of_four_looks_takes_few_bytes() -> None:
    values = [random.Random(4).gauss(40, 4) for _ in range(4)]
    assert len(figures.pack({3: figures.of(values)})) <= 28
