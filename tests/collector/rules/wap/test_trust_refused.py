"""A proxy that writes of refused trust is named, until it writes of a success."""

from datetime import timedelta

import pytest

from farmsight_collector.rules.wap.trust_refused import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import WAPS, cannot_tell, fires, healthy, silent
from tests.fakes.farms import NOW


def logged(*events):
    """Return a farm on whose WAP01 these events were written, so many hours ago each."""
    plan = healthy()
    for one in WAPS:
        plan.states[one, "events", "AD FS", None] = "observed"
    for number, (event_id, hours) in enumerate(events):
        value = pb.EventRecord(log="AD FS/Admin", event_id=event_id, record=number)
        value.at.FromDatetime(NOW - timedelta(hours=hours))
        plan.put("WAP01", f"AD FS/Admin/{event_id}/{number}", value)
    return plan


@pytest.mark.parametrize("event_id", [224, 393, 394, 401, 422])
def test_the_proxy_that_wrote_it_is_named(event_id):
    fires(RULE, logged((245, 9), (event_id, 2)), "WAP01", subject="WAP01")
    fires(RULE, logged((event_id, 2)), "WAP01")


@pytest.mark.parametrize("events", [((422, 5), (245, 1)), ((422, 8 * 24),), ((364, 1),), ()])
def test_a_success_since_old_events_and_others_are_no_fault(events):
    silent(RULE, logged(*events))


def test_a_log_that_was_not_read_is_in_doubt():
    plan = logged()
    plan.lose("WAP02", "event")
    cannot_tell(RULE, plan, "WAP02")
