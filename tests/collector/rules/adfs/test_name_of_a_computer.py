"""A node that has the service's name is named."""

from farmsight_collector.rules.adfs.name_of_a_computer import RULE
from farmsight_collector.rules.rule import Severity
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM


def test_it_is_named():
    plan = healthy()
    plan.edit("STS01", "host", "STS01", fqdn=FARM.upper())
    fires(RULE, plan, "STS01", subject=FARM, severity=Severity.INFO)


def test_names_of_their_own_are_right():
    silent(RULE, healthy())


def test_a_host_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS02", "host")
    cannot_tell(RULE, plan, "STS02")


def test_a_name_below_the_services_is_another():
    plan = healthy()
    plan.edit("STS01", "host", "STS01", fqdn=f"sts01.{FARM}")
    silent(RULE, plan)
