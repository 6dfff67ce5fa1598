"""crl.fetches-too-long."""

from farmsight_collector.rules.crl.fetches_too_long import RULE
from tests.fakes.pki import ISSUING, ISSUING_URL, MIRROR, URL, World, crl, found, judged, retrieval, untold
from tests.fakes.users import ADA, given, with_user


def issued(took: str, **fields: object):
    """Return the fetch of the CRL of what the issuing CA issued, as the tenant names it."""
    return retrieval(ISSUING_URL, "system", body=crl(ISSUING), took=took, **fields)  # type: ignore[arg-type]


def test_two_urls_that_are_each_fast_enough_are_too_long_together() -> None:
    world = World().put("WAP01", retrieval(URL, took="UNDER_15_S"), issued("UNDER_15_S"))

    assert found(RULE, world) == [(ISSUING.subject, ("WAP01",), ("system",), "error")]
    assert "20 s" in judged(RULE, world).findings[0].limit_used


def test_dead_urls_before_the_one_that_answers_count() -> None:
    dead = retrieval(URL, outcome="CONNECT_TIMED_OUT", took="UNDER_20_S", position=0)
    world = World().put("WAP01", dead, retrieval(MIRROR, took="UNDER_10_S", position=1))

    assert [f[1:3] for f in found(RULE, world)] == [(("WAP01",), ("system",))]


def test_urls_after_the_one_that_answers_are_not_tried() -> None:
    dead = retrieval(MIRROR, outcome="CONNECT_TIMED_OUT", took="OVER_20_S", position=1)
    world = World().put("WAP01", retrieval(URL, took="UNDER_10_S", position=0), dead)

    assert found(RULE, world) == []


def test_only_what_was_surely_spent_counts() -> None:
    world = World().put("WAP01", retrieval(URL, took="UNDER_15_S"), issued("UNDER_10_S"))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_one_slow_url_alone_is_another_finding() -> None:
    assert found(RULE, World().put("WAP01", retrieval(URL, took="OVER_20_S"))) == []


def test_the_urls_of_a_users_certificate_that_was_handed_in_count() -> None:
    own = "http://users.contoso.com/issuing.crl"
    slow = retrieval(own, "system", named_by=(ADA,), body=crl(ISSUING), took="UNDER_15_S")
    world = with_user(given(), retrieval(URL, took="UNDER_15_S"), slow)

    assert found(RULE, world) == [(ISSUING.subject, ("STS01",), ("system",), "error")]


def test_what_two_accounts_spend_is_not_added_up() -> None:
    world = World().put("WAP01", retrieval(URL, "system", took="UNDER_15_S"))
    world.put("WAP01", retrieval(ISSUING_URL, "network-service", body=crl(ISSUING), took="UNDER_15_S"))

    assert found(RULE, world) == []


def test_accounts_that_are_not_known_can_not_be_told() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
