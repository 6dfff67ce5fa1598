"""A delta URL of the tenant that serves no delta, or one of a later base, is named."""

from farmsight_collector.rules.entra.delta_invalid import RULE
from tests.fakes.pki import DELTA_URL, ISSUING, ISSUING_URL, World, crl, found, retrieval, tenant, untold


def served(number: str = "0a", delta_base: str = "0a") -> World:
    """Return a farm whose vantage point gets this base and this delta."""
    world = World().put("STS01", tenant(ISSUING, crl_url=ISSUING_URL, delta_url=DELTA_URL))
    return world.outside(
        retrieval(ISSUING_URL, "caller", body=crl(ISSUING, number=number)),
        retrieval(DELTA_URL, "caller", purpose="delta", body=crl(ISSUING, number="0c", delta_base_number=delta_base)),
    )


def test_a_crl_without_a_delta_indicator_is_named() -> None:
    assert found(RULE, served(delta_base="")) == [(DELTA_URL, (), (), "error")]


def test_a_delta_of_a_later_base_is_named() -> None:
    assert found(RULE, served(delta_base="0b")) == [(DELTA_URL, (), (), "error")]


def test_a_delta_of_this_base_or_an_earlier_one_is_right() -> None:
    for base in ("0a", "09"):
        assert found(RULE, served(delta_base=base)) == []


def test_a_delta_that_nobody_fetched_can_not_be_judged() -> None:
    world = World().take_all(f"delta {DELTA_URL}")
    world.put("STS01", tenant(ISSUING, crl_url=ISSUING_URL, delta_url=DELTA_URL))

    assert found(RULE, world) == []
    assert {server for server, _ in untold(RULE, world)} == {None}
