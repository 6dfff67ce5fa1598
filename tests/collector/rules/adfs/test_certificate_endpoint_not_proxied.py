"""A certificate endpoint that is closed to proxies is found."""

from farmsight_collector.rules.adfs.certificate_endpoint_not_proxied import RULE
from tests.fakes.adfs_farms import NO, cannot_tell, fires, healthy, silent

PATH = "/adfs/services/trust/2005/certificatemixed"


def test_the_closed_endpoint_is_the_subject():
    plan = healthy()
    plan.edit("STS01", "adfs-endpoint", PATH, proxy=NO)
    fires(RULE, plan, subject=PATH)


def test_a_farm_without_proxies_needs_none_open():
    plan = healthy(waps=())
    plan.edit("STS01", "adfs-endpoint", PATH, proxy=NO)
    silent(RULE, plan)


def test_a_disabled_endpoint_is_another_finding():
    plan = healthy()
    plan.edit("STS01", "adfs-endpoint", PATH, proxy=NO, enabled=NO)
    silent(RULE, plan)


def test_endpoints_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("STS01", "adfs-endpoint")
    cannot_tell(RULE, plan)
