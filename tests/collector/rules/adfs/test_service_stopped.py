"""A node whose AD FS service does not run is named."""

from farmsight_collector.rules.adfs.service_stopped import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, service, silent


def test_the_node_is_named():
    plan = healthy()
    plan.put("STS02", "adfssrv", service("adfssrv", pb.SERVICE_STATE_STOPPED))
    fires(RULE, plan, "STS02", subject="adfssrv")


def test_a_proxy_is_judged_by_its_own_rule():
    plan = healthy()
    plan.put("WAP01", "adfssrv", service("adfssrv", pb.SERVICE_STATE_STOPPED))
    silent(RULE, plan)


def test_a_listing_without_the_service_is_in_doubt():
    plan = healthy()
    plan.drop("STS01", "service")
    cannot_tell(RULE, plan, "STS01")


def test_a_listing_that_was_denied_is_in_doubt():
    plan = healthy()
    plan.lose("STS01", "service")
    cannot_tell(RULE, plan, "STS01")
