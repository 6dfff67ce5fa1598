"""crl.delta-unreachable."""

from farmsight_collector.rules.crl.delta_unreachable import RULE
from tests.fakes.pki import DELTA_URL, World, crl, found, retrieval, untold


def test_a_wap_whose_network_service_cannot_fetch_the_delta_is_named() -> None:
    world = World().put("WAP01", retrieval(DELTA_URL, "network-service", purpose="delta", outcome="UNREACHABLE"))

    assert found(RULE, world) == [(DELTA_URL, ("WAP01",), ("network-service",), "error")]


def test_a_second_delta_url_that_works_makes_it_a_warning() -> None:
    other = "http://mirror.contoso.com/issuing+.crl"
    world = World().put("WAP01", retrieval(DELTA_URL, purpose="delta", outcome="REFUSED"))
    world.put("WAP01", retrieval(other, purpose="delta", body=crl(number="0b", delta_base_number="0a")))

    assert [f[3] for f in found(RULE, world)] == ["warning"]


def test_a_delta_that_comes_is_well_and_an_unknown_account_can_not_tell() -> None:
    assert found(RULE, World()) == []
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]


def test_a_base_that_does_not_come_is_another_finding() -> None:
    world = World().put("WAP01", retrieval(outcome="UNREACHABLE"))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []
