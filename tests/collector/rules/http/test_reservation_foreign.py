"""Another product's reservation in front of AD FS's is named."""

import pytest

from farmsight_collector.rules.http.reservation_foreign import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, reservation, silent
from tests.fakes.farms import FARM


def test_a_longer_path_of_the_same_class_takes_requests():
    plan = healthy()
    plan.put("STS01", "https://+:443/adfs/ls/", reservation("https://+:443/adfs/ls/", "S-1-5-21-7-7-7-7"))
    fires(RULE, plan, "STS01", subject="https://+:443/adfs/ls/")


def test_a_strong_wildcard_outranks_a_reservation_for_a_name():
    plan = healthy()
    plan.drop("WAP01", "url-reservation", "https://+:49443/adfs/")
    plan.put("WAP01", f"https://{FARM}:49443/adfs/", reservation(f"https://{FARM}:49443/adfs/"))
    plan.put("WAP01", "https://+:49443/", reservation("https://+:49443/", "S-1-5-20"))
    fires(RULE, plan, "WAP01", subject="https://+:49443/")


@pytest.mark.parametrize(
    "url", [f"https://{FARM}:443/adfs/ls/", "https://+:443/", "https://*:443/adfs/", "https://+:5986/wsman/"]
)
def test_what_cannot_outrank_is_left_alone(url):
    plan = healthy()
    plan.put("STS01", url, reservation(url, "S-1-5-20"))
    silent(RULE, plan)


def test_adfs_own_further_reservations_are_no_foreigners():
    plan = healthy()
    plan.put("STS01", "https://+:443/adfs/portal/", reservation("https://+:443/adfs/portal/"))
    silent(RULE, plan)


def test_without_the_listing_there_is_no_telling():
    plan = healthy()
    plan.lose("WAP02", "url-reservation")
    cannot_tell(RULE, plan, "WAP02")
