"""A node whose AD FS service does not run is named."""

from datetime import timedelta

import pytest

from farmsight_collector.rules.adfs.service_stopped import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, judged, service, silent
from tests.fakes.farms import NOW


def test_the_node_is_named():
    plan = healthy()
    plan.put("STS02", "adfssrv", service("adfssrv", pb.SERVICE_STATE_STOPPED))
    fires(RULE, plan, "STS02", subject="adfssrv")


@pytest.mark.parametrize(("minutes", "delayed", "said"), [(3, True, True), (30, True, False), (3, False, False)])
def test_a_service_that_starts_late_after_a_restart_is_said_to(minutes: int, delayed: bool, said: bool):
    plan = healthy()
    stopped = service("adfssrv", pb.SERVICE_STATE_STOPPED)
    stopped.delayed_start = delayed
    plan.put("STS02", "adfssrv", stopped)
    plan.edit("STS02", "host", "STS02", booted_at=NOW - timedelta(minutes=minutes))

    (one,) = judged(RULE, plan).findings
    assert ("restarted within the last 5 minutes" in one.why) is said


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
