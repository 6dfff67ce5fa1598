"""A CRL at a URL of the tenant that Entra can't download in time is named, with the limit used."""

import pytest

from farmsight_collector.rules.entra.crl_beyond_limits import RULE
from tests.fakes.pki import ISSUING, ISSUING_URL, World, crl, found, judged, retrieval, tenant, untold


def farm(*, outside: bool = False, **fields: object) -> World:
    """Return a farm whose tenant names one URL, fetched by a server or from outside."""
    world = World(tenant=False).put("STS01", tenant(ISSUING, crl_url=ISSUING_URL))
    for name in world.roles:
        for context in ("system", "adfs-service", "network-service"):
            world.facts[name].pop(
                ("retrieval", f"CONTEXT_{context.upper().replace('-', '_')}", f"crl {ISSUING_URL}"), 0
            )
    one = retrieval(ISSUING_URL, "caller" if outside else "system", body=crl(ISSUING), **fields)  # type: ignore[arg-type]
    return world.outside(one) if outside else world.put("WAP01", one)


@pytest.mark.parametrize("outside", [True, False])
def test_more_than_twenty_megabytes_is_an_error_wherever_it_was_fetched(outside: bool) -> None:
    world = farm(outside=outside, size=20_000_001)

    assert found(RULE, world) == [(ISSUING_URL, (), (), "error")]
    assert "Entra interactive sign-in" in judged(RULE, world).findings[0].limit_used


@pytest.mark.parametrize(("took", "limit"), [("UNDER_15_S", "10 s"), ("UNDER_20_S", "15 s"), ("OVER_20_S", "15 s")])
def test_time_is_an_error_seen_from_outside_and_a_warning_seen_from_a_server(took: str, limit: str) -> None:
    assert found(RULE, farm(outside=True, took=took)) == [(ISSUING_URL, (), (), "error")]
    assert found(RULE, farm(took=took)) == [(ISSUING_URL, (), (), "warning")]
    assert judged(RULE, farm(took=took)).findings[0].limit_used.startswith(limit)


@pytest.mark.parametrize(("size", "took"), [(20_000_000, "UNDER_1_S"), (1_000, "UNDER_10_S")])
def test_at_the_limit_it_is_right(size: int, took: str) -> None:
    world = farm(size=size, took=took)

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_what_a_slow_server_met_does_not_count_beside_a_look_from_outside() -> None:
    world = farm(outside=True).put("WAP01", retrieval(ISSUING_URL, took="OVER_20_S", body=crl(ISSUING)))

    assert found(RULE, world) == []


def test_a_url_that_nobody_fetched_can_not_be_judged() -> None:
    world = World(tenant=False).put("STS01", tenant(ISSUING, crl_url="http://elsewhere.example/ca.crl"))

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]


def test_a_url_that_gave_nothing_can_not_be_judged() -> None:
    assert untold(RULE, farm(outcome="REFUSED")) == [(None, None)]


def test_a_source_without_sizes_can_not_tell() -> None:
    world = farm()
    for one in world.facts["WAP01"].values():
        one.retrieval.size = 0 if one.HasField("retrieval") else one.retrieval.size

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]


def test_the_tenant_not_known_is_in_doubt() -> None:
    assert untold(RULE, World(tenant=False)) == [(None, None)]
