"""A server before 2012 R2 is named."""

import pytest

from farmsight_collector.rules.adfs.too_old import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def test_server_2012_is_named():
    plan = healthy()
    plan.edit("STS02", "host", "STS02", os_name="Microsoft Windows Server 2012", os_version="6.2.9200")
    fires(RULE, plan, "STS02", subject="6.2.9200")


@pytest.mark.parametrize(
    ("system", "version"), [("Microsoft Windows Server 2012 R2", "6.3.9600"), ("Debian", "5.10.0")]
)
def test_2012_r2_and_other_systems_are_left_alone(system, version):
    plan = healthy()
    plan.edit("STS02", "host", "STS02", os_name=system, os_version=version)
    silent(RULE, plan)


def test_a_host_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS02", "host")
    cannot_tell(RULE, plan, "STS02")
