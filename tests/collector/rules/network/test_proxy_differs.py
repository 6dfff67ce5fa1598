"""network.proxy-differs."""

from farmsight_collector.rules.network.proxy_differs import RULE
from tests.fakes.pki import World, found, judged, proxy, untold


def test_two_waps_that_differ_are_both_named() -> None:
    world = World().put("WAP01", proxy(proxy="p:8080"))

    assert found(RULE, world) == [("winhttp of system on wap servers", ("WAP01", "WAP02"), ("system",), "warning")]
    assert "none on WAP02" in judged(RULE, world).findings[0].title


def test_of_three_the_odd_one_is_named() -> None:
    world = World()
    world.roles["WAP03"] = "wap"
    world.facts["WAP03"] = dict(world.facts["WAP02"])
    world.put("WAP01", proxy("network-service", proxy="p:8080"))

    assert [f[1] for f in found(RULE, world)] == [("WAP01",)]


def test_order_and_case_of_the_bypass_list_are_no_difference() -> None:
    world = World().put("WAP01", proxy(proxy="P:8080", bypass=["a", "B"]))
    world.put("WAP02", proxy(proxy="p:8080", bypass=["b", "a"]))

    assert found(RULE, world) == []


def test_roles_may_differ_and_the_unknown_is_not_compared() -> None:
    world = World().put("WAP01", proxy(proxy="p:8080")).put("WAP02", proxy(proxy="p:8080"))
    assert found(RULE, world) == []

    world = World().put("WAP01", proxy(proxy="p:8080")).blinded("WAP02", "proxy-settings", "", "system")
    assert found(RULE, world) == []
    assert untold(RULE, world) == [("WAP02", "system")]
