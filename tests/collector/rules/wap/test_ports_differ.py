"""A proxy that was set up with other ports is named."""

from farmsight_collector.rules.wap.ports_differ import RULE
from tests.fakes.adfs_farms import WAPS, cannot_tell, fires, healthy, silent


def test_another_certificate_port_is_named():
    plan = healthy()
    plan.edit("WAP01", "wap-configuration", "-", tls_client_port=443)
    fires(RULE, plan, "WAP01", subject="TlsClientPort")


def test_a_port_that_is_not_shown_is_not_compared():
    plan = healthy()
    plan.edit(WAPS, "wap-configuration", "-", tls_client_port=0, https_port=0)
    silent(RULE, plan)


def test_without_the_farms_ports_there_is_no_telling():
    plan = healthy()
    plan.lose("STS01", "adfs-properties")
    cannot_tell(RULE, plan, "WAP01", "WAP02")
