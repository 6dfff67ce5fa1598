"""A server that does not serve the certauth host is named."""

from farmsight_collector.rules.http.certauth_binding_missing import RULE
from tests.fakes.adfs_farms import CERTAUTH, binding, cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM

KEY = f"{CERTAUTH}:443"


def test_the_server_without_the_binding_is_named():
    plan = healthy("alternate")
    plan.drop("WAP02", "tls-binding", KEY)
    fires(RULE, plan, "WAP02", subject=KEY)


def test_classic_mode_needs_none():
    silent(RULE, healthy())


def test_bindings_that_are_not_known_are_not_missing():
    plan = healthy("alternate")
    plan.lose("WAP02", "tls-binding")
    cannot_tell(RULE, plan, "WAP02")


def test_the_plain_binding_beside_it_is_no_matter():
    plan = healthy("alternate")
    plan.drop("WAP02", "tls-binding", f"{FARM}:443")
    silent(RULE, plan)


def test_a_server_that_asks_on_a_port_of_its_own_is_another_finding():
    plan = healthy("alternate")
    plan.drop("WAP02", "tls-binding", KEY)
    plan.put("WAP02", f"{FARM}:49443", binding(FARM, 49443))
    silent(RULE, plan)
