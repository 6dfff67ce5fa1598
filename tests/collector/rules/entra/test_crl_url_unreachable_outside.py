"""A CRL URL of the tenant that nobody outside can fetch is found; without anybody outside nothing is claimed."""

import pytest

from farmsight_collector.rules.entra.crl_url_unreachable_outside import RULE
from tests.fakes.pki import ISSUING, ISSUING_URL, World, crl, found, judged, retrieval, tenant, untold

OTHER = "http://pki.contoso.com/other.crl"


def farm() -> World:
    """Return a farm whose tenant names one URL."""
    return World(tenant=False).put("STS01", tenant(ISSUING, crl_url=ISSUING_URL))


@pytest.mark.parametrize(
    "outcome", ["NAME_NOT_RESOLVED", "CONNECT_TIMED_OUT", "REFUSED", "HTTP_STATUS", "TLS_FAILED", "BAD_BODY"]
)
def test_what_a_vantage_point_can_not_fetch_is_found_though_the_farm_gets_it(outcome: str) -> None:
    world = farm().outside(retrieval(ISSUING_URL, "caller", outcome=outcome))

    assert found(RULE, world) == [(ISSUING_URL, (), (), "critical")]


def test_what_came_to_the_vantage_point_is_reachable() -> None:
    world = farm().outside(retrieval(ISSUING_URL, "caller", body=crl(ISSUING)))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_what_a_proxy_of_the_farm_can_not_fetch_says_nothing_of_the_internet() -> None:
    world = farm().put("WAP01", retrieval(ISSUING_URL, outcome="REFUSED"))
    world = world.outside(retrieval(ISSUING_URL, "caller", body=crl(ISSUING)))

    assert found(RULE, world) == []


def test_a_delta_weighs_less_than_a_base() -> None:
    world = World(tenant=False).put("STS01", tenant(ISSUING, crl_url=OTHER, delta_url=ISSUING_URL))
    world.outside(retrieval(OTHER, "caller", body=crl(ISSUING)), retrieval(ISSUING_URL, "caller", outcome="REFUSED"))

    assert found(RULE, world) == [(ISSUING_URL, (), (), "error")]


def test_one_vantage_point_that_looks_is_enough() -> None:
    world = farm().outside(retrieval(ISSUING_URL, "caller", outcome="REFUSED"))
    world.roles["OUT02"] = "vantage"
    world.facts["OUT02"] = {}
    world.put("OUT02", retrieval(OTHER, "caller", body=crl(ISSUING)))

    assert found(RULE, world) == [(ISSUING_URL, (), (), "critical")]


def test_a_crl_too_large_to_keep_was_reached() -> None:
    world = farm().outside(retrieval(ISSUING_URL, "caller", outcome="TOO_LARGE"))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_the_vantage_points_own_proxy_says_nothing_of_entras_way() -> None:
    world = farm().outside(retrieval(ISSUING_URL, "caller", outcome="PROXY_AUTHENTICATION"))

    assert found(RULE, world) == []
    (one,) = judged(RULE, world).unknown
    assert "proxy demands authentication" in one.verdict.reason


def test_without_a_vantage_point_it_is_not_known_and_said_once() -> None:
    assert found(RULE, farm()) == []
    (one,) = judged(RULE, farm()).unknown
    assert "not known from the Internet: no vantage agent" in one.verdict.reason


def test_a_vantage_point_that_does_not_look_at_the_url_is_told_how_to() -> None:
    world = farm().outside(retrieval(OTHER, "caller", body=crl(ISSUING)))

    assert found(RULE, world) == []
    (one,) = judged(RULE, world).unknown
    assert one.verdict.subject == ISSUING_URL
    assert "farmsight-collector entra urls" in one.verdict.reason


def test_a_vantage_point_of_which_nothing_is_known_is_in_doubt() -> None:
    world = farm().outside(retrieval(ISSUING_URL, "caller", outcome="REFUSED"))
    world.blinded("OUT01", "retrievals", context="caller")

    assert found(RULE, world) == []
    assert len(untold(RULE, world)) == 1


def test_a_tenant_that_names_nothing_needs_nobody_outside() -> None:
    world = World(tenant=False).put("STS01", tenant(ISSUING))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_a_tenant_that_is_not_known_is_in_doubt() -> None:
    assert untold(RULE, World(tenant=False)) == [(None, None)]
