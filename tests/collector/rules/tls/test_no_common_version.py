"""Servers without TLS 1.2, or without a version in common, are named."""

from farmsight_collector.rules.rule import Severity
from farmsight_collector.rules.tls.no_common_version import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import SIGN_IN, cannot_tell, fires, healthy, silent


def off(plan, name, side, *versions):
    for version in versions:
        key = f"Protocols/{version}/{side}/Enabled"
        plan.put(name, key, pb.SchannelSetting(name=key, number=0))


def test_a_server_that_refuses_tls_1_2_is_named():
    plan = healthy()
    off(plan, "WAP01", "Server", "TLS 1.2")
    fires(RULE, plan, "WAP01", subject="TLS 1.2", severity=Severity.ERROR)


def test_a_proxy_and_a_node_without_a_version_in_common_are_named():
    plan = healthy()
    off(plan, "WAP01", "Client", "TLS 1.2", "TLS 1.3")
    off(plan, "STS02", "Server", "TLS 1.0", "TLS 1.1")
    fires(RULE, plan, "WAP01", "STS02", subject="WAP01-STS02", severity=Severity.CRITICAL)


def test_a_hardened_farm_is_right():
    plan = healthy()
    for name in SIGN_IN:
        off(plan, name, "Server", "TLS 1.0", "TLS 1.1")
        off(plan, name, "Client", "TLS 1.0", "TLS 1.1")
    silent(RULE, plan)


def test_settings_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("WAP01", "schannel-setting")
    cannot_tell(RULE, plan, None)
