"""A certificate in front of the farm that no server has bound is found."""

from farmsight_collector.rules.lb.tls_terminated import RULE
from tests.fakes.adfs_farms import OTHER_SSL, WAPS, binding, cannot_tell, endpoint, endpoint_key, fires, healthy, silent
from tests.fakes.farms import FARM


def test_a_foreign_certificate_on_a_virtual_address_is_found():
    plan = healthy()
    seen = endpoint(FARM, 443, "203.0.113.5", der=OTHER_SSL)
    plan.put("OUT01", endpoint_key(seen), seen)
    fires(RULE, plan, subject=f"{FARM}:443")


def test_the_proxies_own_certificate_is_right():
    plan = healthy()
    for name in WAPS:
        for port in (443, 49443):
            plan.put(name, f"{FARM}:{port}", binding(FARM, port, OTHER_SSL))
    seen = endpoint(FARM, 443, "203.0.113.5", der=OTHER_SSL)
    plan.put("OUT01", endpoint_key(seen), seen)
    silent(RULE, plan)


def test_a_server_whose_bindings_are_not_known_may_have_it():
    plan = healthy()
    seen = endpoint(FARM, 443, "203.0.113.5", der=OTHER_SSL)
    plan.put("OUT01", endpoint_key(seen), seen)
    plan.lose("WAP02", "tls-binding")
    cannot_tell(RULE, plan)


def test_a_proxy_that_nobody_watches_may_have_it():
    plan = healthy(waps=())
    seen = endpoint(FARM, 443, "203.0.113.5", der=OTHER_SSL)
    plan.put("OUT01", endpoint_key(seen), seen)
    cannot_tell(RULE, plan)
