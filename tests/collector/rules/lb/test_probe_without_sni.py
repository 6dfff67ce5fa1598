"""Servers that answer nobody who names no host are named."""

import pytest

from farmsight_collector.rules.lb.probe_without_sni import RULE
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ADDRESSES, WAPS, binding, cannot_tell, endpoint, endpoint_key, fires, healthy, silent
from tests.fakes.farms import FARM

VIRTUAL = "203.0.113.7"
RESET, DONE = pb.TLS_OUTCOME_RESET, pb.TLS_OUTCOME_COMPLETED


def look(plan, address, outcome=RESET, port=49443):
    """Let the vantage point try this address without a host name too."""
    seen = endpoint(FARM, port, address, asks=port != 443, path="/adfs/services/trust/2005/certificatetransport")
    for version in ("TLSv1.2", "TLSv1.3"):
        seen.handshakes.add(version_tried=version, with_sni=False, outcome=outcome)
    plan.put("OUT01", endpoint_key(seen), seen)
    return plan


def balanced(plan):
    """Let the farm be met at a virtual address too."""
    return look(plan, VIRTUAL, port=443, outcome=DONE)


def test_without_a_load_balancer_nobody_notices():
    """It is what every farm is set up like."""
    silent(RULE, look(healthy(), ADDRESSES["WAP02"]))


def test_a_server_that_lacks_what_its_peers_have_is_an_error():
    plan = look(healthy(), ADDRESSES["WAP02"])
    plan.put("WAP01", "0.0.0.0:49443", binding("0.0.0.0", 49443))
    fires(RULE, plan, "WAP02", subject="port 49443", severity=Severity.ERROR)


def test_behind_a_load_balancer_it_is_a_warning_for_every_server_there():
    plan = balanced(look(healthy(), VIRTUAL))
    fires(RULE, plan, *WAPS, subject="port 49443", severity=Severity.WARNING)


def test_a_server_with_a_binding_for_all_addresses_is_not_named():
    plan = balanced(look(healthy(), VIRTUAL))
    plan.put("WAP01", "0.0.0.0:49443", binding("0.0.0.0", 49443))
    fires(RULE, plan, "WAP02")


@pytest.mark.parametrize("key", ["0.0.0.0:49443", "[::]:49443", f"{ADDRESSES['WAP02']}:49443"])
def test_a_binding_by_address_means_that_something_else_is_at_fault(key):
    plan = balanced(look(healthy(), ADDRESSES["WAP02"]))
    plan.put("WAP02", key, binding(key.rpartition(":")[0], 49443))
    silent(RULE, plan)


def test_handshakes_without_a_name_that_come_about_are_right():
    silent(RULE, balanced(look(healthy(), ADDRESSES["WAP02"], DONE)))


def test_an_address_that_breaks_every_handshake_is_another_finding():
    plan = balanced(look(healthy(), ADDRESSES["WAP02"]))
    key = f"{FARM}:49443/adfs/services/trust/2005/certificatetransport@{ADDRESSES['WAP02']}"
    for shake in plan.get("OUT01", "tls-endpoint", key).handshakes:
        shake.outcome, shake.client_certificate = RESET, pb.CLIENT_CERTIFICATE_REQUEST_UNKNOWN
    silent(RULE, plan)


def test_a_server_that_insists_on_a_certificate_has_answered():
    plan = balanced(look(healthy(), ADDRESSES["WAP02"], pb.TLS_OUTCOME_ALERT))
    for value in plan.facts.values():
        for shake in getattr(value, "handshakes", ()):
            if not shake.with_sni:
                shake.client_certificate = pb.CLIENT_CERTIFICATE_REQUEST_REQUIRED
    silent(RULE, plan)


def test_what_was_not_tried_without_a_name_says_nothing():
    silent(RULE, balanced(look(healthy(), ADDRESSES["WAP02"], pb.TLS_OUTCOME_NOT_TRIED)))


def test_bindings_that_are_not_known_leave_it_open():
    plan = look(healthy(), ADDRESSES["WAP02"])
    plan.lose("WAP02", "tls-binding")
    cannot_tell(RULE, plan, "WAP02")


def test_when_nobody_could_look_there_is_no_telling():
    plan = healthy()
    plan.lose(("OUT01", *WAPS), "tls-endpoint")
    cannot_tell(RULE, plan)
