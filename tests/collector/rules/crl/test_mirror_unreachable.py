"""crl.mirror-unreachable."""

from farmsight_collector.rules.crl.mirror_unreachable import RULE
from tests.fakes.pki import URL, World, found, retrieval, untold

MIRROR = "http://mirror.contoso.com/root.crl"


def test_one_dead_url_of_two_is_a_warning_where_it_is_dead() -> None:
    world = World().put_all(retrieval(MIRROR, "system")).put("STS01", retrieval(MIRROR, "system", outcome="RESET"))

    assert found(RULE, world) == [(MIRROR, ("STS01",), ("system",), "warning")]


def test_two_dead_urls_are_an_outage_of_another_rule() -> None:
    world = World().put("STS01", retrieval(MIRROR, outcome="RESET"), retrieval(URL, outcome="RESET"))

    assert found(RULE, world) == []


def test_unknown_accounts_can_not_tell() -> None:
    assert untold(RULE, World().blinded("STS01", "retrievals", "", "adfs-service")) == [("STS01", "adfs-service")]
