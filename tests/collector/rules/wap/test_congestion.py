"""A proxy that held requests back because AD FS was slow is named."""

from datetime import timedelta

import pytest

from farmsight_collector.rules.wap.congestion import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import WAPS, cannot_tell, fires, healthy, silent
from tests.fakes.farms import NOW


def logged(event_id=230, ago=timedelta(hours=3)):
    plan = healthy()
    for one in WAPS:
        plan.states[one, "events", "AD FS", None] = "observed"
    value = pb.EventRecord(log="AD FS/Admin", event_id=event_id, record=9)
    value.at.FromDatetime(NOW - ago)
    plan.put("WAP01", f"AD FS/Admin/{event_id}/9", value)
    return plan


def test_the_proxy_that_wrote_it_is_named():
    fires(RULE, logged(), "WAP01", subject="congestion control")


@pytest.mark.parametrize("other", [{"event_id": 231}, {"event_id": 364}, {"ago": timedelta(days=8)}])
def test_its_end_alone_other_events_and_old_ones_are_not_told(other):
    silent(RULE, logged(**other))


def test_a_log_that_was_not_read_is_in_doubt():
    plan = logged(event_id=1)
    plan.lose("WAP02", "event")
    cannot_tell(RULE, plan, "WAP02")
