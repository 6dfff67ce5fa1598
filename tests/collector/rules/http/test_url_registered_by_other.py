"""A product that sits below /adfs/ is named."""

from farmsight_collector.rules.http.url_registered_by_other import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, service, silent

URL = "HTTPS://+:443/ADFS/LS/"


def foreign(process: int = 777):
    plan = healthy()
    plan.put("STS01", URL, pb.UrlRegistration(url=URL, process_ids=[process]))
    return plan


def other_service(process: int = 777):
    made = service("w3svc")
    made.process_id = process
    return made


def test_a_service_that_is_not_adfs_is_found():
    plan = foreign()
    plan.put("STS01", "w3svc", other_service())
    fires(RULE, plan, "STS01", subject=URL)


def test_a_process_that_listens_elsewhere_is_known_by_its_name():
    plan = foreign()
    plan.put("STS01", "0.0.0.0:8080", pb.Listener(address="0.0.0.0", port=8080, process_id=777, process_name="shadow"))
    fires(RULE, plan, "STS01", subject=URL)


def test_adfs_and_the_proxys_own_services_are_right():
    silent(RULE, healthy())
    plan = healthy()
    plan.put("WAP01", URL, pb.UrlRegistration(url=URL, process_ids=[2210]))
    silent(RULE, plan)


def test_other_paths_of_others_are_left_alone():
    plan = healthy()
    plan.put("STS01", "w3svc", other_service())
    plan.put("STS01", "HTTPS://+:443/SHOP/", pb.UrlRegistration(url="HTTPS://+:443/SHOP/", process_ids=[777]))
    silent(RULE, plan)


def test_a_process_that_nobody_knows_is_not_called_foreign():
    """The listing may be older than the last restart of the service."""
    cannot_tell(RULE, foreign(), "STS01")


def test_registrations_without_processes_say_nothing():
    plan = healthy()
    plan.put("STS01", URL, pb.UrlRegistration(url=URL))
    silent(RULE, plan)


def test_services_that_are_not_known_leave_it_open():
    plan = foreign()
    plan.lose("STS01", "service")
    cannot_tell(RULE, plan, "STS01")
