"""A node whose AD FS can't use a private key says so in its log, and is named."""

from datetime import timedelta

import pytest

from farmsight_collector.rules.adfs.private_key_unreadable import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ADFS_NODES, cannot_tell, fires, healthy, silent
from tests.fakes.farms import NOW


def logged(event_id=133, log="AD FS/Admin", ago=timedelta(days=1)):
    plan = healthy()
    for node in ADFS_NODES:
        plan.states[node, "events", "AD FS", None] = "observed"
    value = pb.EventRecord(log=log, event_id=event_id, record=9)
    value.at.FromDatetime(NOW - ago)
    plan.put("STS02", f"{log}/{event_id}/9", value)
    return plan


@pytest.mark.parametrize("event_id", [133, 249])
def test_the_node_that_wrote_it_is_named(event_id):
    fires(RULE, logged(event_id), "STS02", subject=f"events {event_id}")


@pytest.mark.parametrize("other", [{"event_id": 364}, {"log": "System"}, {"ago": timedelta(days=8)}])
def test_other_events_and_old_ones_are_not_told(other):
    silent(RULE, logged(**other))


def test_a_log_that_was_not_read_is_in_doubt():
    plan = logged(event_id=1)
    plan.lose("STS01", "event")
    cannot_tell(RULE, plan, "STS01")
