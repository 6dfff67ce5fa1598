"""A virtual address that passes on 443 alone is found."""

from farmsight_collector.rules.lb.publishes_443_only import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, endpoint, endpoint_key, fires, healthy, silent
from tests.fakes.farms import FARM


def virtual(plan, listening=True):
    plan.drop("OUT01", "tls-endpoint")
    plain = endpoint(FARM, 443, "203.0.113.5")
    shut = pb.TlsEndpoint(name=FARM, port=49443, path="/", address="203.0.113.5", tcp=pb.TCP_OUTCOME_TIMED_OUT)
    for seen in (plain, shut):
        plan.put("OUT01", endpoint_key(seen), seen)
    if not listening:
        plan.drop("WAP02", "listener", "0.0.0.0:49443")


def test_a_closed_port_before_servers_that_listen_is_found():
    plan = healthy()
    virtual(plan)
    fires(RULE, plan, subject="203.0.113.5")


def test_servers_that_do_not_listen_are_another_finding():
    plan = healthy()
    virtual(plan, listening=False)
    silent(RULE, plan)


def test_alternate_mode_needs_443_only():
    plan = healthy("alternate")
    virtual(plan)
    silent(RULE, plan)


def test_listeners_that_are_not_known_are_in_doubt():
    plan = healthy()
    virtual(plan)
    plan.lose("WAP01", "listener")
    cannot_tell(RULE, plan)
