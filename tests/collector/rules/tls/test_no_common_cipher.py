"""A server that refused clients for want of a common cipher suite is named."""

from datetime import timedelta

import pytest

from farmsight_collector.rules.rule import Severity
from farmsight_collector.rules.tls.no_common_cipher import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import SIGN_IN, cannot_tell, fires, healthy, silent
from tests.fakes.farms import NOW


def logged(server="STS02", event_id=36874, provider="Schannel", ago=timedelta(days=1)):
    plan = healthy()
    for one in SIGN_IN:
        plan.states[one, "events", "System", None] = "observed"
    value = pb.EventRecord(log="System", provider=provider, event_id=event_id, record=9)
    value.at.FromDatetime(NOW - ago)
    plan.put(server, f"System/{event_id}/9", value)
    return plan


def test_a_node_behind_the_proxies_is_a_warning():
    fires(RULE, logged(), "STS02", subject="event 36874", severity=Severity.WARNING)


def test_a_proxy_that_the_internet_scans_is_worth_knowing():
    fires(RULE, logged("WAP01"), "WAP01", severity=Severity.INFO)


@pytest.mark.parametrize("other", [{"event_id": 36887}, {"provider": "Other"}, {"ago": timedelta(days=8)}])
def test_other_events_and_old_ones_are_not_told(other):
    silent(RULE, logged(**other))


def test_a_log_that_was_not_read_is_in_doubt():
    plan = logged(event_id=1)
    plan.lose("STS01", "event")
    cannot_tell(RULE, plan, "STS01")
