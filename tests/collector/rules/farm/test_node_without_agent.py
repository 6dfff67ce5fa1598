"""Servers that belong to the farm without an agent are found."""

from farmsight_collector.rules.farm.node_without_agent import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def test_a_node_that_nobody_watches_is_found():
    plan = healthy()
    plan.put("STS01", "sts09.contoso.com", pb.AdfsNode(name="STS09.contoso.com"))
    fires(RULE, plan, subject="sts09.contoso.com")


def test_a_proxy_that_nobody_watches_is_found():
    plan = healthy()
    plan.edit("WAP01", "wap-configuration", "-", connected_servers=["WAP01", "wap02.dmz.local", "WAP07"])
    fires(RULE, plan, subject="wap07")


def test_short_and_full_names_are_one():
    silent(RULE, healthy())


def test_a_name_in_other_letters_is_the_same_node():
    plan = healthy()
    plan.put("STS01", "STS02.Contoso.COM", pb.AdfsNode(name="STS02.Contoso.COM"))
    silent(RULE, plan)


def test_lists_that_are_not_known_are_in_doubt():
    for server, kind in (("STS01", "adfs-node"), ("WAP02", "wap-configuration")):
        plan = healthy()
        plan.lose(server, kind)
        cannot_tell(RULE, plan)
