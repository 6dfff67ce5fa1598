"""A server without a certificate on the certificate port is named."""

from farmsight_collector.rules.http.binding_missing import RULE
from tests.fakes.adfs_farms import CERTAUTH, SIGN_IN, binding, cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM

KEY = f"{FARM}:49443"


def test_the_server_that_lost_the_binding_is_named():
    plan = healthy()
    plan.drop("WAP01", "tls-binding", KEY)
    fires(RULE, plan, "WAP01", subject=KEY)


def test_all_nodes_without_it_are_named_together():
    plan = healthy()
    plan.drop(SIGN_IN, "tls-binding", KEY)
    fires(RULE, plan, *SIGN_IN, subject=KEY)


def test_a_wildcard_binding_will_do():
    plan = healthy()
    plan.drop("STS01", "tls-binding", KEY)
    plan.put("STS01", "0.0.0.0:49443", binding("0.0.0.0", 49443))
    silent(RULE, plan)


def test_alternate_mode_needs_none():
    silent(RULE, healthy("alternate"))


def test_a_server_in_the_other_mode_is_another_finding():
    plan = healthy()
    plan.drop("WAP01", "tls-binding", KEY)
    plan.put("WAP01", f"{CERTAUTH}:443", binding(CERTAUTH, 443))
    silent(RULE, plan)


def test_bindings_that_are_not_known_are_not_missing():
    plan = healthy()
    plan.lose("STS02", "tls-binding")
    cannot_tell(RULE, plan, "STS02")
