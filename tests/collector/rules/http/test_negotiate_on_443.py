"""A plain binding that asks everybody is named."""

from farmsight_collector.rules.http.negotiate_on_443 import RULE
from tests.fakes.adfs_farms import binding, cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM


def test_the_server_that_asks_everybody_is_named():
    plan = healthy()
    plan.edit("WAP01", "tls-binding", f"{FARM}:443", negotiate_client_certificate=True)
    fires(RULE, plan, "WAP01", subject=f"{FARM}:443")


def test_the_certauth_host_on_443_should_ask():
    silent(RULE, healthy("alternate"))


def test_without_bindings_there_is_no_telling():
    plan = healthy()
    plan.lose("WAP01", "tls-binding")
    cannot_tell(RULE, plan, "WAP01")


def test_another_name_on_443_may_ask():
    plan = healthy()
    plan.put("WAP01", "www.contoso.com:443", binding("www.contoso.com", 443, negotiate_client_certificate=True))
    silent(RULE, plan)
