"""network.resolution-differs."""

from farmsight_collector.rules.network.resolution_differs import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import World, found, host, retrieval, untold


def world(**addresses: list[str]) -> World:
    farm = World()
    for name, its in addresses.items():
        look = facts_pb2.NameResolution(
            name="PKI.contoso.com", addresses=its, outcome=facts_pb2.RESOLUTION_OUTCOME_RESOLVED
        )
        farm.put(name, host(name, domain=name.startswith("STS"), resolutions=[look]))
    return farm


def test_inside_here_and_outside_there_is_a_warning() -> None:
    assert found(RULE, world(WAP01=["10.0.0.5"], WAP02=["93.184.216.34"])) == [
        ("pki.contoso.com", ("WAP01", "WAP02"), (), "warning")
    ]


def test_many_hosts_behind_one_name_are_worth_knowing() -> None:
    farm = world(WAP01=["93.184.216.34"], WAP02=["93.184.216.35"])

    assert [f[3] for f in found(RULE, farm)] == ["info"]


def test_what_overlaps_or_lies_in_another_role_is_no_difference() -> None:
    assert found(RULE, world(WAP01=["10.0.0.5", "10.0.0.6"], WAP02=["10.0.0.6"])) == []
    assert found(RULE, world(WAP01=["10.0.0.5"], STS01=["10.9.0.5"])) == []


def test_an_unknown_server_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP01", "host")) == [("WAP01", None)]


def test_the_server_that_is_led_where_nothing_answers_is_the_one_that_is_led_astray() -> None:
    """Of two proxies neither is odd by number: the one that gets nothing from there is."""
    farm = world(WAP01=["10.0.0.5"], WAP02=["10.9.9.9"])
    for one in [one for one in farm.facts["WAP02"].values() if one.WhichOneof("value") == "retrieval"]:
        one.retrieval.outcome = facts_pb2.RETRIEVAL_OUTCOME_UNREACHABLE

    assert found(RULE, farm) == [("pki.contoso.com", ("WAP02",), (), "warning")]


def test_where_something_still_comes_nobody_is_led_astray() -> None:
    farm = world(WAP01=["10.0.0.5"], WAP02=["10.9.9.9"])
    farm.put("WAP02", retrieval(context="system", outcome="UNREACHABLE"))

    assert [one[1] for one in found(RULE, farm)] == [("WAP01", "WAP02")]


def test_so_it_is_where_the_others_agree() -> None:
    farm = World(roles={"WAP01": "wap", "WAP02": "wap", "WAP03": "wap"}, tenant=False)
    for name, address in (("WAP01", "10.0.0.5"), ("WAP02", "10.9.9.9"), ("WAP03", "10.0.0.5")):
        look = facts_pb2.NameResolution(
            name="pki.contoso.com", addresses=[address], outcome=facts_pb2.RESOLUTION_OUTCOME_RESOLVED
        )
        farm.put(name, host(name, domain=False, resolutions=[look]))
    for one in [one for one in farm.facts["WAP02"].values() if one.WhichOneof("value") == "retrieval"]:
        one.retrieval.outcome = facts_pb2.RETRIEVAL_OUTCOME_UNREACHABLE

    assert found(RULE, farm) == [("pki.contoso.com", ("WAP02",), (), "warning")]
