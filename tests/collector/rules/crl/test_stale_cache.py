"""crl.stale-cache."""

from datetime import timedelta

from farmsight_collector.rules.crl.stale_cache import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import fact
from tests.fakes.pki import URL, World, crl, found, retrieval, untold


def cached(number: str = "09", context: str = "system", **fields: object) -> facts_pb2.Fact:
    return fact(facts_pb2.UrlCacheEntry(url=URL, crl=crl(number=number, **fields)), URL, context)  # type: ignore[arg-type]


def published(**fields: object) -> facts_pb2.Fact:
    return retrieval(URL, "system", body=crl(number="0a", **fields))  # type: ignore[arg-type]


def test_an_older_list_with_other_entries_is_a_warning_for_that_account() -> None:
    world = World().put("WAP01", published(entries=12), cached(entries=11))

    assert found(RULE, world) == [(URL, ("WAP01",), ("system",), "warning")]


def test_an_older_list_of_the_same_length_is_worth_knowing() -> None:
    world = World().put("WAP01", published(entries=12), cached(entries=12))

    assert [f[3] for f in found(RULE, world)] == ["info"]


def test_the_same_number_is_right_and_numbers_are_hexadecimal() -> None:
    assert found(RULE, World().put("WAP01", published(), cached("0a"))) == []
    world = World().put("WAP01", retrieval(URL, body=crl(number="10")), cached("0f"))

    assert len(found(RULE, world)) == 1


def test_an_expired_copy_is_not_gone_by() -> None:
    assert found(RULE, World().put("WAP01", published(entries=2), cached(ends=timedelta(hours=-1)))) == []


def test_the_cache_of_another_account_does_not_count() -> None:
    world = World().put("WAP01", published(entries=2), cached(context="network-service"))

    assert [f[2] for f in found(RULE, world)] == [("network-service",)]


def test_a_list_without_a_number_can_not_be_compared() -> None:
    assert found(RULE, World().put("WAP01", published(entries=2), cached(""))) == []


def test_a_cache_that_is_not_known_beside_one_that_is_leaves_it_open() -> None:
    world = World().put("WAP01", cached("0a", "network-service")).blinded("WAP01", "url-cache", "", "system")

    assert found(RULE, world) == []
    assert set(untold(RULE, world)) == {("WAP01", "system")}


def test_accounts_that_are_not_known_can_not_be_told() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]


def test_a_copy_as_new_as_what_is_published_is_right_for_every_account() -> None:
    world = World().put("WAP01", published())
    for context in ("system", "network-service"):
        world.put("WAP01", cached("0a", context))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []
