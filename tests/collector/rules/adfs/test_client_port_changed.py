"""An unusual certificate port is found."""

import pytest

from farmsight_collector.rules.adfs.client_port_changed import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def test_another_port_is_found():
    plan = healthy()
    plan.edit("STS01", "adfs-properties", "-", tls_client_port=44300)
    fires(RULE, plan, subject="TlsClientPort 44300")


@pytest.mark.parametrize("port", [0, 443, 49443])
def test_the_usual_ports_are_right(port):
    plan = healthy()
    plan.edit("STS01", "adfs-properties", "-", tls_client_port=port)
    silent(RULE, plan)


def test_properties_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("STS01", "adfs-properties")
    cannot_tell(RULE, plan)
