"""A sign-in page that is off, or closed to proxies, is found."""

import pytest

from farmsight_collector.rules.adfs.sign_in_page_off import RULE
from tests.fakes.adfs_farms import NO, WAPS, cannot_tell, fires, healthy, silent

PATH = "/adfs/ls/"


@pytest.mark.parametrize("changed", [{"enabled": NO}, {"proxy": NO}])
def test_it_is_found(changed):
    plan = healthy()
    plan.edit("STS01", "adfs-endpoint", PATH, **changed)
    fires(RULE, plan, subject="/adfs/ls")


def test_a_farm_without_proxies_need_not_open_it():
    plan = healthy()
    plan.remove(*WAPS)
    plan.edit("STS01", "adfs-endpoint", PATH, proxy=NO)
    silent(RULE, plan)


def test_other_endpoints_are_another_finding():
    plan = healthy()
    plan.edit("STS01", "adfs-endpoint", "/adfs/services/trust/2005/certificatemixed", enabled=NO)
    silent(RULE, plan)


def test_endpoints_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("STS01", "adfs-endpoint")
    cannot_tell(RULE, plan, None)
