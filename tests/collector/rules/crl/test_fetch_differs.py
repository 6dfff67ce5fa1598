"""crl.fetch-differs."""

from farmsight_collector.rules.crl.fetch_differs import RULE
from tests.fakes.pki import URL, World, found, judged, retrieval, untold


def test_where_it_fails_is_named_beside_where_it_works() -> None:
    world = World().put("WAP01", retrieval(outcome="REFUSED"), retrieval(context="network-service", outcome="REFUSED"))

    assert found(RULE, world) == [(URL, ("WAP01",), ("network-service", "system"), "info")]
    assert "STS01 (adfs-service)" in judged(RULE, world).findings[0].title


def test_a_difference_between_accounts_of_one_server_is_told_as_such() -> None:
    world = World().put("WAP01", retrieval(context="network-service", outcome="REFUSED"))

    assert "account" in judged(RULE, world).findings[0].why


def test_failing_everywhere_is_no_difference() -> None:
    world = World()
    for name, contexts in (("STS", ("system", "adfs-service")), ("WAP", ("system", "network-service"))):
        for number in ("01", "02"):
            for context in contexts:
                world.put(name + number, retrieval(context=context, outcome="REFUSED"))

    assert found(RULE, world) == []
    assert untold(RULE, world.blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
