"""Who is the odd one out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.correlate.peers import UNKNOWN, compare, lacking


@pytest.mark.parametrize(
    ("values", "odd", "tied", "concerned"),
    [
        ({}, (), False, ()),
        ({"A": 1}, (), False, ()),
        ({"A": 1, "B": 1}, (), False, ()),
        ({"A": 1, "B": 1, "C": 2}, ("C",), False, ("C",)),
        ({"A": 1, "B": 2}, (), True, ("A", "B")),
        ({"A": 1, "B": 1, "C": 2, "D": 2}, (), True, ("A", "B", "C", "D")),
        ({"A": 1, "B": 1, "C": 2, "D": 3}, (), True, ("A", "B", "C", "D")),
        ({"A": 1, "B": 1, "C": 1, "D": 2, "E": 3}, ("D", "E"), False, ("D", "E")),
        ({"A": 1, "B": 2, "C": UNKNOWN}, (), True, ("A", "B")),
        ({"A": 1, "B": UNKNOWN, "C": UNKNOWN}, (), False, ()),
    ],
)
def test_odd_ones(values, odd: tuple[str, ...], tied: bool, concerned: tuple[str, ...]) -> None:
    compared = compare(values)

    assert (compared.odd, compared.tied, compared.concerned) == (odd, tied, concerned)


@given(st.dictionaries(st.text("ABCDEFG", min_size=1, max_size=2), st.sampled_from([1, 2, 3, UNKNOWN])))
def test_the_odd_are_fewer_than_half_and_the_unknown_never_odd(values) -> None:
    compared = compare(values)
    known = len(values) - len(compared.unknown)

    assert len(compared.odd) * 2 < max(known, 1)
    assert not set(compared.odd) & set(compared.unknown)
    assert sum(len(servers) for _, servers in compared.groups) == known


def test_who_lacks_what() -> None:
    found = lacking({"A": frozenset({"x", "y"}), "B": frozenset({"x"}), "C": UNKNOWN})

    assert found.keys() == {"y"}
    assert dict(found["y"].groups) == {True: ("A",), False: ("B",)}
    assert found["y"].unknown == ("C",)
