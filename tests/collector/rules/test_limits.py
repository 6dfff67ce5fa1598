"""Every limit says where it comes from."""

import re

import pytest

from farmsight_collector.rules.limits import LIMITS, Limit


@pytest.mark.parametrize("limit", LIMITS, ids=[limit.name for limit in LIMITS])
def test_a_limit_has_a_source_and_a_date(limit: Limit) -> None:
    assert limit.value > 0
    assert limit.unit
    assert limit.source
    assert re.fullmatch(r"\d{4}-\d{2}", limit.date)
    assert limit.source in limit.text
