"""A server that does not serve the certauth host is named."""

from farmsight_collector.rules.http.certauth_binding_missing import RULE
from tests.fakes.adfs_farms import CERTAUTH, cannot_tell, fires, healthy, silent

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
