"""crl.slow."""

import pytest

from farmsight_collector.rules.crl.slow import RULE
from tests.fakes.pki import URL, World, found, judged, retrieval, untold


@pytest.mark.parametrize(
    ("took", "severity", "limit"),
    [
        ("UNDER_10_S", "warning", "5 s"),
        ("UNDER_15_S", "warning", "10 s (Entra"),
        ("UNDER_20_S", "error", "15 s (ChainUrl"),
        ("OVER_20_S", "error", "15 s (ChainUrl"),
    ],
)
def test_each_limit_is_named(took: str, severity: str, limit: str) -> None:
    world = World().put("WAP01", retrieval(took=took))

    assert found(RULE, world) == [(URL, ("WAP01",), ("system",), severity)]
    assert judged(RULE, world).findings[0].limit_used.startswith(limit)


def test_five_seconds_are_well_and_what_never_came_is_not_slow() -> None:
    assert found(RULE, World().put("WAP01", retrieval(took="UNDER_5_S"))) == []
    assert found(RULE, World().put("WAP01", retrieval(outcome="TIMED_OUT", took="OVER_20_S"))) == []
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
