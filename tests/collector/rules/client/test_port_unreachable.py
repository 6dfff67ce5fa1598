"""A certificate port that clients do not reach is named."""

import pytest

from farmsight_collector.rules.client.port_unreachable import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ADDRESSES, WAPS, cannot_tell, endpoint, endpoint_key, fires, healthy, silent
from tests.fakes.farms import FARM

PATH = "/adfs/services/trust/2005/certificatetransport"


def look(plan, observer, address, **changed):
    seen = endpoint(FARM, 49443, address, path=PATH, asks=True, **changed)
    plan.put(observer, endpoint_key(seen), seen)


def shut(outcome=pb.TCP_OUTCOME_TIMED_OUT):
    return {"tcp": outcome, "handshakes": [], "http": pb.HTTP_OUTCOME_NOT_TRIED, "http_status": 0}


def closed(plan, observer, address, outcome=pb.TCP_OUTCOME_TIMED_OUT):
    seen = pb.TlsEndpoint(name=FARM, port=49443, path=PATH, address=address, tcp=outcome)
    plan.put(observer, endpoint_key(seen), seen)


@pytest.mark.parametrize("outcome", [pb.TCP_OUTCOME_TIMED_OUT, pb.TCP_OUTCOME_REFUSED, pb.TCP_OUTCOME_UNREACHABLE])
def test_the_wap_that_does_not_take_the_connection_is_named(outcome):
    plan = healthy()
    closed(plan, "OUT01", ADDRESSES["WAP02"], outcome)
    fires(RULE, plan, "WAP02", subject=f"{FARM}:49443")


def test_a_virtual_address_is_nobodys_fault_in_particular():
    plan = healthy()
    closed(plan, "OUT01", "203.0.113.5")
    fires(RULE, plan, subject=f"{FARM}:49443")


def test_a_proxy_need_not_reach_the_port_on_adfs():
    plan = healthy()
    closed(plan, "WAP01", ADDRESSES["STS01"])
    silent(RULE, plan)


def test_the_port_does_not_matter_in_alternate_mode():
    plan = healthy("alternate")
    closed(plan, "OUT01", ADDRESSES["WAP02"])
    silent(RULE, plan)


def test_when_nobody_could_look_there_is_no_telling():
    plan = healthy()
    plan.lose(("OUT01", *WAPS), "tls-endpoint")
    cannot_tell(RULE, plan)


def test_an_observer_that_went_blind_leaves_a_doubt_about_the_farm():
    plan = healthy()
    seen = endpoint(FARM, 49443, ADDRESSES["STS01"], path=PATH, asks=True)
    plan.put("STS01", endpoint_key(seen), seen)
    plan.lose("OUT01", "tls-endpoint")
    cannot_tell(RULE, plan, None)
