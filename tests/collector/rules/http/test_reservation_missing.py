"""A server without AD FS's reservation on the certificate port is named."""

import pytest

from farmsight_collector.rules.http.reservation_missing import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, reservation, silent
from tests.fakes.farms import FARM

URL = "https://+:49443/adfs/"


def test_the_server_that_lost_the_reservation_is_named():
    plan = healthy()
    plan.drop("WAP02", "url-reservation", URL)
    fires(RULE, plan, "WAP02", subject=URL)


@pytest.mark.parametrize("host", ["+", "*", FARM, FARM.upper()])
def test_every_host_form_will_do(host):
    plan = healthy()
    plan.drop("STS01", "url-reservation", URL)
    plan.put("STS01", f"https://{host}:49443/adfs/", reservation(f"https://{host}:49443/adfs/"))
    silent(RULE, plan)


def test_a_reservation_for_another_host_is_not_one_for_adfs():
    plan = healthy()
    plan.drop("STS01", "url-reservation", URL)
    plan.put("STS01", "https://other.contoso.com:49443/adfs/", reservation("https://other.contoso.com:49443/adfs/"))
    fires(RULE, plan, "STS01")


def test_alternate_mode_needs_none():
    silent(RULE, healthy("alternate"))


def test_a_listing_that_was_denied_is_not_an_absence():
    plan = healthy()
    plan.lose("STS01", "url-reservation")
    cannot_tell(RULE, plan, "STS01")
