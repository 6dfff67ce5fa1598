"""A proxy whose services do not run is named."""

import pytest

from farmsight_collector.rules.wap.service_stopped import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, service, silent


@pytest.mark.parametrize("name", ["adfssrv", "appproxysvc", "appproxyctrl"])
def test_the_service_that_stopped_is_the_subject(name):
    plan = healthy()
    plan.put("WAP02", name, service(name, pb.SERVICE_STATE_STOPPED))
    fires(RULE, plan, "WAP02", subject=name)


@pytest.mark.parametrize("state", [pb.SERVICE_STATE_PENDING, pb.SERVICE_STATE_UNKNOWN])
def test_a_service_that_is_starting_is_left_alone(state):
    plan = healthy()
    plan.put("WAP02", "adfssrv", service("adfssrv", state))
    silent(RULE, plan)


def test_a_service_that_is_not_listed_is_in_doubt():
    plan = healthy()
    plan.drop("WAP02", "service", "appproxyctrl")
    cannot_tell(RULE, plan, "WAP02")


def test_a_listing_that_was_denied_is_in_doubt():
    plan = healthy()
    plan.lose("WAP02", "service")
    cannot_tell(RULE, plan, "WAP02")
