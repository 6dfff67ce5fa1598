"""crl.differs-by-place."""

from dataclasses import replace
from datetime import timedelta

from farmsight_collector.rules.crl.differs_by_place import RULE
from farmsight_collector.rules.engine import evaluate
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import NOW
from tests.fakes.pki import URL, World, crl, found, judged, retrieval, untold


def test_the_server_that_still_gets_the_older_crl_is_named_with_the_address() -> None:
    hop = facts_pb2.Hop(url=URL, address="10.0.0.9")
    world = World().put("WAP02", retrieval(context="network-service", body=crl(number="09"), hops=[hop]))

    assert found(RULE, world) == [(URL, ("WAP02",), ("network-service",), "warning")]
    assert "10.0.0.9" in judged(RULE, world).findings[0].title


def test_an_expired_older_crl_is_an_error() -> None:
    world = World().put("WAP02", retrieval(body=crl(number="09", ends=timedelta(hours=-1))))

    assert found(RULE, world) == [(URL, ("WAP02",), ("system",), "error")]


def test_a_server_that_has_not_looked_since_the_publication_is_not_behind() -> None:
    farm = World().put("WAP02", retrieval(body=crl(number="09"))).farm()
    before = NOW - timedelta(days=4)  # the newer CRL was signed and seen since
    servers = tuple(
        replace(s, coverage=tuple(replace(c, covered_until=before) for c in s.coverage)) if s.name == "WAP02" else s
        for s in farm.servers
    )

    assert evaluate(replace(farm, servers=servers), [RULE]).findings == ()


def test_unknown_accounts_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]


def test_a_crl_that_was_signed_long_before_is_out_though_just_seen_for_the_first_time() -> None:
    """All servers report for the first time, one after the other."""
    farm = World().put("WAP02", retrieval(body=crl(number="09"))).farm()
    servers = []
    for one in farm.servers:
        at = NOW - timedelta(minutes=2 if one.name == "WAP02" else 1)
        coverage = tuple(replace(c, covered_until=at, began=at) for c in one.coverage)
        facts = {kind: tuple(replace(h, began=at) for h in rows) for kind, rows in one.facts.items()}
        servers.append(replace(one, coverage=coverage, facts=facts))

    assert [f.servers for f in evaluate(replace(farm, servers=tuple(servers)), [RULE]).findings] == [("WAP02",)]
