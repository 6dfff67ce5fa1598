"""network.proxy-per-machine."""

import pytest

from farmsight_collector.rules.network.proxy_per_machine import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import URL, World, found, judged, proxy, retrieval, untold

COMMON = {"proxy": "common:8080", "per_machine": True}
BY_WININET = facts_pb2.PROXY_SOURCE_WININET
BY_WINHTTP = facts_pb2.PROXY_SOURCE_WINHTTP
SUBJECT = "WinINET proxy of system"


def wininet(context: str = "system", **fields: object) -> facts_pb2.Fact:
    """Return the WinINET setting of an account."""
    return proxy(context, "wininet", **fields)


def fails(outcome: str, proxy: str = "", chosen_by: facts_pb2.ProxySource.ValueType = BY_WININET) -> facts_pb2.Fact:
    """Return a fetch by SYSTEM that fails, by the way that some setting chose."""
    return retrieval(URL, outcome=outcome, proxy=proxy, proxy_chosen_by=chosen_by)


def test_settings_of_an_account_that_the_policy_sets_aside_are_named() -> None:
    world = World().put("WAP01", wininet("network-service", **COMMON, own_differs=True))

    assert found(RULE, world) == [("WinINET proxy of network-service", ("WAP01",), ("network-service",), "info")]
    assert judged(RULE, world).findings[0].title == (
        "By policy the machine's WinINET values count for network-service (common:8080, bypass (none)), "
        "and not its own, which differ"
    )


def test_a_policy_that_every_account_fares_well_with_is_no_finding() -> None:
    world = World()
    for own in ({}, {"own_differs": False}):
        world.put("WAP01", wininet("network-service", **COMMON, **own))
        assert found(RULE, world) == []
        assert untold(RULE, world) == []


@pytest.mark.parametrize("outcome", ["HTTP_STATUS", "PROXY_AUTHENTICATION", "REFUSED"])
def test_a_fetch_that_fails_through_the_machines_proxy_is_told(outcome: str) -> None:
    world = World().put("STS01", wininet(**COMMON), fails(outcome, "common:8080"))

    assert found(RULE, world) == [(SUBJECT, ("STS01",), ("system",), "info")]


def test_a_fetch_that_goes_another_way_says_nothing_of_these_values() -> None:
    world = World().put("STS01", wininet(**COMMON), fails("HTTP_STATUS", "winhttp:8080", BY_WINHTTP))
    assert found(RULE, world) == []

    world.put("STS01", fails("HTTP_STATUS"))  # the bypass list exempts its host
    assert found(RULE, world) == []


def test_without_a_proxy_among_the_machines_values_a_way_out_that_is_missing_is_told() -> None:
    world = World().put("STS01", wininet(direct=True, per_machine=True), fails("CONNECT_TIMED_OUT"))
    assert found(RULE, world) == [(SUBJECT, ("STS01",), ("system",), "info")]

    world.put("STS01", fails("HTTP_STATUS"))  # the way is open: the web server said no
    world.put("STS01", retrieval("ldap://dc1/CN=Root?certificateRevocationList", outcome="REFUSED"))  # by no proxy
    assert found(RULE, world) == []


def test_without_the_policy_an_accounts_failures_are_other_findings() -> None:
    world = World().put("STS01", wininet(proxy="own:1", per_machine=False), fails("REFUSED", "own:1"))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_the_person_who_looks_is_no_service() -> None:
    assert found(RULE, World().put("WAP01", wininet("caller", **COMMON, own_differs=True))) == []


def test_it_cannot_tell_where_the_source_does_not_show_whose_values_they_are() -> None:
    world = World().put("WAP01", wininet(proxy="some:1"))

    assert found(RULE, world) == []
    assert untold(RULE, world) == [("WAP01", "system")]


def test_settings_that_are_not_known_leave_it_open() -> None:
    assert untold(RULE, World().blinded("WAP02", "proxy-settings", "", "system")) == [("WAP02", "system")]
