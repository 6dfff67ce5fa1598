"""crl.binding-freshness."""

import pytest

from farmsight_collector.rules.crl.binding_freshness import RULE
from tests.fakes.pki import World, binding, found, judged, untold


@pytest.mark.parametrize(
    ("setting", "said"),
    [({"revocation_freshness_s": 3600}, "freshness 3600 s"), ({"url_retrieval_timeout_ms": 500}, "timeout 500 ms")],
)
def test_times_of_a_bindings_own_are_worth_knowing(setting: dict[str, int], said: str) -> None:
    world = World().put("WAP01", binding(**setting))

    assert found(RULE, world) == [("0.0.0.0:49443", ("WAP01",), (), "info")]
    assert said in judged(RULE, world).findings[0].title


def test_the_default_and_other_bindings_are_right() -> None:
    world = World().put("WAP01", binding(revocation_freshness_s=0, url_retrieval_timeout_ms=0))
    world.put("WAP02", binding(host_port="0.0.0.0:8443", revocation_freshness_s=60))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_bindings_that_are_not_known_are_in_doubt() -> None:
    assert untold(RULE, World().blinded("WAP02", "http-sys", "tls-binding")) == [("WAP02", None)]
