"""An AD FS server that lacks the reservation for device registration is named."""

import pytest

from farmsight_collector.rules.http.device_registration_reservation import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, reservation, silent

URL = "https://+:443/EnrollmentServer/"


def farm(*servers, url=URL):
    plan = healthy()
    for one in servers:
        plan.put(one, url, reservation(url))
    return plan


def test_the_server_that_lacks_what_its_peer_has_is_named():
    fires(RULE, farm("STS01"), "STS02", subject=URL)


def test_where_all_or_none_have_it_nothing_is_wrong():
    silent(RULE, farm())
    silent(RULE, farm("STS01", "STS02"))


@pytest.mark.parametrize("url", ["https://+:443/EnrollmentServerX/", "http://+:80/EnrollmentServer/"])
def test_another_url_is_not_it(url):
    silent(RULE, farm("STS01", url=url))


def test_reservations_that_are_not_known_leave_it_open():
    plan = farm("STS01")
    plan.lose("STS02", "url-reservation")
    cannot_tell(RULE, plan)
