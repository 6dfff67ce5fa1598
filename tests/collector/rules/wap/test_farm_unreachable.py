"""A proxy that gets no sound answer from the farm is named."""

from farmsight_collector.rules.wap.farm_unreachable import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ADDRESSES, cannot_tell, endpoint, endpoint_key, fires, healthy, silent
from tests.fakes.farms import FARM


def test_a_connection_that_is_not_taken_is_named():
    plan = healthy()
    plan.drop("WAP01", "tls-endpoint")
    seen = pb.TlsEndpoint(name=FARM, port=443, path="/adfs/probe", address="10.0.0.11", tcp=pb.TCP_OUTCOME_TIMED_OUT)
    plan.put("WAP01", endpoint_key(seen), seen)
    fires(RULE, plan, "WAP01", subject=f"{FARM}:443")


def test_a_server_error_is_named_and_a_missing_page_is_not():
    plan = healthy()
    seen = endpoint(FARM, 443, "10.0.0.11", status=503)
    plan.put("WAP01", endpoint_key(seen), seen)
    fires(RULE, plan, "WAP01")
    seen = endpoint(FARM, 443, "10.0.0.11", status=404)
    plan.put("WAP01", endpoint_key(seen), seen)
    silent(RULE, plan)


def test_a_look_at_a_proxy_is_not_a_look_at_the_farm():
    plan = healthy()
    seen = pb.TlsEndpoint(name=FARM, port=443, path="/", address=ADDRESSES["WAP02"], tcp=pb.TCP_OUTCOME_REFUSED)
    plan.put("WAP01", endpoint_key(seen), seen)
    silent(RULE, plan)


def test_a_proxy_that_did_not_look_is_in_doubt():
    plan = healthy()
    plan.lose("WAP02", "tls-endpoint")
    cannot_tell(RULE, plan, "WAP02")
