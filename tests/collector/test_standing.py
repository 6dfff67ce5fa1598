"""Which agents are behind, and which too far."""

import pytest

from farmsight_collector.standing import WORDS, standing


@pytest.mark.parametrize(
    ("agent", "collector", "stands"),
    [
        ("1.4.2", "1.4.2", "same"),
        ("1.4.1", "1.4.2", "behind"),
        ("1.3.9", "1.4.0", "behind"),
        ("1.2.0", "1.4.7", "behind"),
        ("1.1.9", "1.4.0", "too old"),
        ("0.9.0", "1.0.0", "too old"),
        ("1.4.3", "1.4.2", "newer"),
        ("1.5.0", "1.4.9", "newer"),
        ("2.0.0", "1.4.9", "newer"),
        ("0.1.0rc1", "0.1.0", "same"),
        ("0.1.0+local", "0.1.0", "same"),
        ("1.10.0", "1.9.0", "newer"),
        ("0.1", "0.1.0", "same"),
    ],
)
def test_three_numbers_decide(agent: str, collector: str, stands: str) -> None:
    assert standing(agent, collector) == stands
    assert stands in WORDS


@pytest.mark.parametrize(
    "told", ["", "0", "test", "1", "1.2.3.4", "99999999.1", "<script>", "\u0661.\u0662.\u0663", "1." + "9" * 5000]
)
def test_what_is_no_version_is_compared_with_nothing(told: str) -> None:
    assert standing(told, "1.2.3") == "not known"
    assert standing("1.2.3", told) == "not known"
