"""A server that does not answer the probe without TLS is named."""

from farmsight_collector.rules.lb.probe_unreachable import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ADDRESSES, cannot_tell, endpoint, endpoint_key, fires, healthy, silent
from tests.fakes.farms import FARM


def looked(address=ADDRESSES["WAP02"], status=200, tcp=pb.TCP_OUTCOME_CONNECTED, observer="WAP02"):
    plan = healthy()
    seen = endpoint(FARM, 80, address, path="/adfs/probe", status=status, plain_http=True, tcp=tcp)
    del seen.handshakes[:]
    if tcp != pb.TCP_OUTCOME_CONNECTED:
        seen.http = pb.HTTP_OUTCOME_NOT_TRIED
    plan.put(observer, endpoint_key(seen), seen)
    return plan


def test_a_closed_port_is_named():
    fires(RULE, looked(tcp=pb.TCP_OUTCOME_REFUSED), "WAP02")


def test_an_answer_that_is_no_ok_is_named_by_whoever_saw_it():
    fires(RULE, looked(status=404, observer="OUT01"), "WAP02", subject="WAP02/adfs/probe")


def test_a_server_that_answers_and_an_address_of_none_are_no_fault():
    silent(RULE, looked())
    silent(RULE, looked(address="203.0.113.9", tcp=pb.TCP_OUTCOME_REFUSED))


def test_looks_that_are_not_known_leave_it_open():
    plan = looked(tcp=pb.TCP_OUTCOME_REFUSED)
    plan.lose("WAP02", "tls-endpoint")
    cannot_tell(RULE, plan)
