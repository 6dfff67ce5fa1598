"""network.name-not-resolved."""

from farmsight_collector.rules.network.name_not_resolved import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import ISSUING_URL, MIRROR, URL, World, found, host, judged, retrieval, untold

HOST = "pki.contoso.com"


def test_one_host_is_one_finding_for_all_its_urls() -> None:
    world = World()
    for context in ("system", "network-service"):
        for url in (URL, ISSUING_URL):
            world.put("WAP01", retrieval(url, context, outcome="NAME_NOT_RESOLVED"))

    assert found(RULE, world) == [(HOST, ("WAP01",), ("network-service", "system"), "error")]


def test_the_servers_own_look_at_the_name_is_evidence() -> None:
    look = facts_pb2.NameResolution(name=HOST, outcome=facts_pb2.RESOLUTION_OUTCOME_NO_SUCH_NAME)
    world = World().put("WAP01", host("WAP01", domain=False, resolutions=[look]))
    world.put("WAP01", retrieval(outcome="NAME_NOT_RESOLVED"))

    assert {held.kind for held in judged(RULE, world).findings[0].evidence} == {"host", "retrieval"}


def test_another_url_that_works_makes_it_a_warning() -> None:
    world = World().put("WAP01", retrieval(outcome="NAME_NOT_RESOLVED"), retrieval(MIRROR))

    assert found(RULE, world) == [(HOST, ("WAP01",), ("system",), "warning")]


def test_a_name_for_inside_is_called_so() -> None:
    world = World().put("WAP01", retrieval("http://corppki/root.crl", outcome="NAME_NOT_RESOLVED", named_by=()))

    assert "inside a network" in judged(RULE, world).findings[0].why


def test_other_failures_are_not_of_the_name_and_unknown_accounts_can_not_tell() -> None:
    assert found(RULE, World().put("WAP01", retrieval(outcome="REFUSED"))) == []
    assert untold(RULE, World().blinded("WAP01", "retrievals", "", "system")) == [("WAP01", "system")]
