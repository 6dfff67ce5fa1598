"""A farm that is well is silent, and a farm of which nothing is known says nothing of its health."""

from dataclasses import replace

import pytest

from farmsight_collector.rules import chain, crl, network, store, user
from farmsight_collector.rules.engine import evaluate
from farmsight_collector.rules.rule import Rule
from tests.fakes.pki import ISSUING, PUBLIC, PUBLIC_ROOT, ROOT, World, found, host, judged, stored

RULES = store.RULES + chain.RULES + crl.RULES + network.RULES + user.RULES
IDS = [rule.code for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=IDS)
@pytest.mark.parametrize("tenant", [True, False], ids=["tenant known", "tenant not known"])
def test_a_healthy_farm_is_silent(rule: Rule, tenant: bool) -> None:
    world = World(tenant=tenant)

    assert found(rule, world) == []
    assert judged(rule, world).unknown == ()


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_public_cas_that_some_servers_have_are_no_fault(rule: Rule) -> None:
    world = World().take("WAP01", f"CA/{PUBLIC.sha1}", f"ROOT/{PUBLIC_ROOT.sha1}")

    assert [f for f in found(rule, world) if f[3] != "info"] == []


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_workgroup_farm_without_ntauth_is_silent(rule: Rule) -> None:
    world = World()
    for name in ("STS01", "STS02"):
        world.take(name, f"NTAuth/{ISSUING.sha1}").put(name, host(name, domain=False))

    assert found(rule, world) == []


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_nothing_known_is_nothing_found(rule: Rule) -> None:
    world = World()
    for name in world.roles:
        world.facts[name] = {}
    farm = world.farm()
    empty = replace(farm, servers=tuple(replace(s, coverage=()) for s in farm.servers))
    assert evaluate(empty, [rule]).findings == ()


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_listings_without_bytes_are_enough_to_be_silent(rule: Rule) -> None:
    """Evidence of certutil listings names certificates and has no DER."""
    world = World(tenant=False)
    world.blobs = []
    for name in world.roles:
        world.put(name, stored("ROOT", ROOT, der=False), stored("CA", ISSUING, der=False))

    assert found(rule, world) == []
