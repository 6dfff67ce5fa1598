"""A node whose AD FS service could not log on as its account is named."""

from datetime import timedelta

import pytest

from farmsight_collector.rules.adfs.service_account_refused import RULE
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ADFS_NODES, cannot_tell, fires, healthy, silent
from tests.fakes.farms import NOW


def logged(event_id=7038, name="adfssrv", ago=timedelta(hours=2), *, runs=False):
    plan = healthy()
    for node in ADFS_NODES:
        plan.states[node, "events", "System", None] = "observed"
    value = pb.EventRecord(log="System", event_id=event_id, record=9, data={"param1": name, "param2": "CONTOSO\\gmsa$"})
    value.at.FromDatetime(NOW - ago)
    plan.put("STS02", f"System/{event_id}/9", value)
    if not runs:
        plan.edit("STS02", "service", "adfssrv", state=pb.SERVICE_STATE_STOPPED)
    return plan


@pytest.mark.parametrize("event_id", [7038, 7041])
@pytest.mark.parametrize("name", ["adfssrv", "Active Directory Federation Services"])
def test_a_node_that_is_down_for_it_is_named(event_id, name):
    fires(RULE, logged(event_id, name), "STS02", subject="adfssrv", severity=Severity.CRITICAL)


def test_a_service_that_runs_again_is_a_warning():
    fires(RULE, logged(runs=True), "STS02", severity=Severity.WARNING)


@pytest.mark.parametrize("other", [{"event_id": 7034}, {"name": "spooler"}, {"ago": timedelta(days=8)}])
def test_other_events_other_services_and_old_ones_are_not_told(other):
    silent(RULE, logged(**other))


def test_a_log_that_was_not_read_is_in_doubt():
    plan = logged(event_id=1)
    plan.lose("STS01", "event")
    cannot_tell(RULE, plan, "STS01")
