"""Reservations that AD FS left behind are named."""

from farmsight_collector.rules.http.reservation_orphaned import RULE
from farmsight_collector.rules.rule import Severity
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, reservation, service, silent

URL = "https://+:443/adfs/"


def left_behind():
    """Return a farm with a web server beside it, on which AD FS once was."""
    plan = healthy()
    plan.put("OUT01", URL, reservation(URL))
    plan.put("OUT01", "w3svc", service("w3svc"))
    return plan


def test_a_server_without_the_service_is_named():
    fires(RULE, left_behind(), "OUT01", subject="OUT01", severity=Severity.INFO)


def test_servers_with_the_service_are_right():
    plan = healthy()
    plan.remove("OUT01")
    silent(RULE, plan)


def test_reservations_for_others_are_not_orphans():
    plan = left_behind()
    plan.put("OUT01", URL, reservation(URL, "S-1-5-20"))
    plan.remove("STS01", "STS02", "WAP01", "WAP02")
    silent(RULE, plan)


def test_services_that_are_not_known_may_have_it():
    plan = left_behind()
    plan.lose("OUT01", "service")
    cannot_tell(RULE, plan, "OUT01")


def test_a_listing_without_any_service_proves_nothing():
    plan = left_behind()
    plan.drop("OUT01", "service")
    plan.remove("STS01", "STS02", "WAP01", "WAP02")
    silent(RULE, plan)
