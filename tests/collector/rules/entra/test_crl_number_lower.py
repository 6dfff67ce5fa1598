"""A CRL of the tenant whose number went back is told from one that is merely old."""

from datetime import timedelta

from farmsight_collector.rules.entra.crl_number_lower import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import DELTA_URL, ISSUING, ISSUING_URL, World, crl, found, retrieval, tenant, untold

HOUR = timedelta(hours=1)


def served(number: str, begins: timedelta = -HOUR) -> World:
    """Return a farm whose vantage point gets this CRL at the tenant's URL, as do all its servers."""
    world = World()
    for name, role in world.roles.items():
        for context in ("system", "adfs-service" if role == "adfs" else "network-service"):
            world.put(name, retrieval(ISSUING_URL, context, body=crl(ISSUING, number=number, begins=begins)))
    return world.outside(retrieval(ISSUING_URL, "caller", body=crl(ISSUING, number=number, begins=begins)))


def stored(number: str, begins: timedelta) -> facts_pb2.Fact:
    held = facts_pb2.StoreCrl(store="CA", crl=crl(ISSUING, number=number, begins=begins), sha1="ab" * 20)
    return facts_pb2.Fact(key=f"CA/{'ab' * 20}", store_crl=held)


def cached(number: str, begins: timedelta) -> facts_pb2.Fact:
    entry = facts_pb2.UrlCacheEntry(url=ISSUING_URL, crl=crl(ISSUING, number=number, begins=begins))
    return facts_pb2.Fact(key=ISSUING_URL, context=facts_pb2.CONTEXT_SYSTEM, url_cache=entry)


def test_a_store_or_a_cache_that_holds_an_earlier_crl_with_a_higher_number_proves_it() -> None:
    for earlier in (stored("0c", -5 * HOUR), cached("0c", -5 * HOUR)):
        assert found(RULE, served("0b").put("STS02", earlier)) == [(ISSUING_URL, (), (), "warning")]


def test_a_later_crl_elsewhere_means_a_url_that_lags_which_is_another_finding() -> None:
    assert found(RULE, served("0b", -9 * HOUR).put("STS02", stored("0c", -5 * HOUR))) == []


def test_numbers_that_grow_are_as_they_should_be() -> None:
    world = served("0c").put("STS02", stored("0b", -5 * HOUR))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_the_crl_of_another_ca_counts_for_nothing() -> None:
    other = facts_pb2.StoreCrl(store="CA", crl=crl(number="ff", begins=-5 * HOUR), sha1="cd" * 20)

    assert found(RULE, served("0b").put("STS02", facts_pb2.Fact(key=f"CA/{'cd' * 20}", store_crl=other))) == []


def test_a_url_that_nobody_fetched_can_not_be_judged() -> None:
    world = World().take_all(f"crl {ISSUING_URL}", f"delta {DELTA_URL}")
    world.put("STS01", tenant(ISSUING, crl_url=ISSUING_URL))

    assert found(RULE, world) == []
    assert {server for server, _ in untold(RULE, world)} == {None}
