"""Samples as points of equal width."""

from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.queries.trend import points


def test_a_bucket_without_samples_is_a_gap_and_not_a_zero() -> None:
    made = list(points([(0, 5.0), (1, 7.0), (99, 1.0)], 0, 100, 4))

    assert [point.count for point in made] == [2, 0, 0, 1]
    assert made[0].mean == 6.0
    assert made[0].maximum == 7.0
    assert made[3].minimum == 1.0


@given(
    st.lists(st.tuples(st.integers(0, 10**12), st.floats(-1e9, 1e9)), max_size=60),
    st.integers(1, 200),
)
def test_every_sample_is_in_exactly_one_point(samples: list[tuple[int, float]], count: int) -> None:
    made = list(points(sorted(samples), 0, 10**12, count))

    assert len(made) == count
    assert sum(point.count for point in made) == len(samples)
    for point in made:
        if point.count:
            assert point.minimum <= point.p95 <= point.maximum
