"""A server on which AD FS's reserved URL is registered by nobody is named."""

from farmsight_collector.rules.http.url_not_registered import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def test_the_server_is_named():
    plan = healthy()
    plan.drop("WAP02", "url-registration", "HTTPS://+:49443/ADFS/")
    fires(RULE, plan, "WAP02", subject="port 49443")


def test_a_stopped_service_registers_nothing_on_either_port():
    plan = healthy()
    plan.drop("STS01", "url-registration")
    fires(RULE, plan, "STS01")


def test_any_url_below_the_reserved_one_will_do():
    plan = healthy()
    plan.drop("STS02", "url-registration", "HTTPS://+:443/ADFS/")
    held = plan.get("STS01", "url-registration", "HTTPS://+:443/ADFS/")
    deeper = type(held)(url="https://+:443:10.0.0.12/adfs/ls/", process_ids=held.process_ids)
    plan.put("STS02", deeper.url, deeper)
    silent(RULE, plan)


def test_without_a_reservation_nothing_is_expected():
    plan = healthy()
    plan.drop("WAP01", "url-reservation", "https://+:49443/adfs/")
    plan.drop("WAP01", "url-registration", "HTTPS://+:49443/ADFS/")
    silent(RULE, plan)


def test_alternate_mode_registers_on_443_only():
    silent(RULE, healthy("alternate"))


def test_a_state_that_could_not_be_read_is_in_doubt():
    plan = healthy()
    plan.lose("WAP02", "url-registration")
    cannot_tell(RULE, plan, "WAP02")
