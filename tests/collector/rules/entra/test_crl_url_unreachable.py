"""Servers that can't fetch what Entra is told to fetch are named, with their accounts."""

from farmsight_collector.rules.entra.crl_url_unreachable import RULE
from tests.fakes.pki import ISSUING_URL, World, found, retrieval, untold


def test_the_account_that_can_not_fetch_it_is_named() -> None:
    world = World().put("WAP02", retrieval(ISSUING_URL, "network-service", outcome="CONNECT_TIMED_OUT"))

    assert found(RULE, world) == [(ISSUING_URL, ("WAP02",), ("network-service",), "info")]


def test_what_everybody_fetches_is_right() -> None:
    assert found(RULE, World()) == []
    assert untold(RULE, World()) == []


def test_what_nobody_fetches_is_another_finding() -> None:
    world = World()
    for name, role in world.roles.items():
        for context in ("system", "adfs-service" if role == "adfs" else "network-service"):
            world.put(name, retrieval(ISSUING_URL, context, outcome="REFUSED"))

    assert found(RULE, world) == []


def test_a_vantage_point_is_no_server_of_the_farm() -> None:
    world = World()
    world.outside(retrieval(ISSUING_URL, "caller", outcome="REFUSED"))

    assert found(RULE, world) == []


def test_accounts_that_are_not_known_can_not_be_told() -> None:
    world = World().blinded("WAP01", "retrievals", "", "system")

    assert untold(RULE, world) == [("WAP01", "system")]
    assert found(RULE, world) == []


def test_the_tenant_not_known_is_in_doubt() -> None:
    assert untold(RULE, World(tenant=False)) == [(None, None)]
