"""CRLs in time: what each URL serves, who was given which, what is overdue, what caches hold."""

from datetime import timedelta

import pytest

from farmsight_collector.queries.crl_times import Line, answer, publications
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import NOW, fact
from tests.fakes.pki import DELTA_URL, ISSUING, ISSUING_URL, URL, World, crl, make, retrieval

USER = make("Ada", ISSUING, ca=None)


def line(world: World, url: str = ISSUING_URL) -> Line:
    return next(one for one in answer(world.farm()) if one.url == url)


def cached(url: str, number: str, hours: float) -> facts_pb2.Fact:
    value = facts_pb2.UrlCacheEntry(url=url, crl=crl(ISSUING, number=number))
    value.fetched_at.FromDatetime(NOW - timedelta(days=1))
    value.expires_at.FromDatetime(NOW + timedelta(hours=hours))
    return fact(value, url, "network-service")


def test_a_base_and_its_delta_are_of_one_ca_and_every_account_was_given_the_one() -> None:
    found = {one.url: one for one in answer(World().farm())}

    assert found[ISSUING_URL].issuer == found[DELTA_URL].issuer == ISSUING.subject
    assert (found[DELTA_URL].purpose, found[URL].purpose) == ("delta", "crl")
    (issue,) = found[ISSUING_URL].issues
    assert len(issue.fetches) == 8
    assert (issue.next_update, issue.next_publish) == (NOW + timedelta(days=6), NOW + timedelta(days=5, hours=12))


def test_an_account_that_lags_has_an_issue_of_its_own_below_the_newest() -> None:
    old = crl(ISSUING, number="09", begins=timedelta(days=-9), ends=timedelta(days=1))
    found = line(World().put("WAP02", retrieval(ISSUING_URL, "system", body=old)))

    assert [(one.number, one.newest, len(one.fetches)) for one in found.issues] == [("0a", True, 7), ("09", False, 1)]
    assert [(one.server, one.context) for one in found.issues[1].fetches] == [("WAP02", "system")]


def test_a_crl_whose_successor_was_due_for_long_is_overdue_by_a_limit_that_is_named() -> None:
    late = crl(ISSUING, begins=timedelta(days=-6), publish=timedelta(days=-2), ends=timedelta(days=1))
    world = World()
    for name, role in world.roles.items():
        for context in ("system", "adfs-service" if role == "adfs" else "network-service"):
            world.put(name, retrieval(ISSUING_URL, context, body=late))
    (found,) = publications(answer(world.farm()))

    assert found[0].url == ISSUING_URL
    assert "overlap" in found[1].overdue
    assert not found[1].ended


def test_an_ended_crl_has_ended_and_is_not_overdue() -> None:
    over = crl(ISSUING, begins=timedelta(days=-9), publish=timedelta(days=-3), ends=timedelta(days=-1))
    found = line(World().put("WAP02", retrieval(ISSUING_URL, "system", body=over)))

    assert (found.issues[1].ended or found.issues[0].ended) is True
    assert not any(one.overdue for one in found.issues if one.ended)


def test_a_cache_that_keeps_an_older_one_is_told_with_until_when() -> None:
    world = World().put("WAP01", cached(ISSUING_URL, "09", 5)).put("WAP02", cached(ISSUING_URL, "0a", 30))
    found = line(world)

    assert [(one.server, one.number, one.older) for one in found.caches] == [
        ("WAP01", "09", True),
        ("WAP02", "0a", False),
    ]
    assert found.caches[0].expires_at == NOW + timedelta(hours=5)


def test_who_can_not_have_it_is_named_with_what_happened() -> None:
    found = line(World().put("WAP02", retrieval(ISSUING_URL, "system", outcome="REFUSED")))

    assert found.failing == (("WAP02", "system", "the connection is refused"),)
    assert len(found.issues[0].fetches) == 7


def test_nothing_fetched_is_nothing_shown() -> None:
    assert answer(World(roles={}).farm()) == ()


@pytest.mark.parametrize(("beside", "issuer"), [((), ISSUING.subject), ((URL,), "")])
def test_a_delta_without_a_name_is_of_the_ca_whose_base_the_same_certificate_names(
    beside: tuple[str, ...], issuer: str
) -> None:
    bare = crl(ISSUING, number="0b", delta_base_number="0a")
    bare.issuer = ""
    world = World(tenant=False, roles={"WAP01": "wap"})
    world.take("WAP01", *(one for one in (f"crl {URL}", f"crl {ISSUING_URL}", f"delta {DELTA_URL}")))
    world.put("WAP01", retrieval(ISSUING_URL, named_by=(USER,), body=crl(ISSUING)))
    world.put("WAP01", *(retrieval(url, named_by=(USER,)) for url in beside))
    world.put("WAP01", retrieval(DELTA_URL, purpose="delta", named_by=(USER,), body=bare))

    assert line(world, DELTA_URL).issuer == issuer
