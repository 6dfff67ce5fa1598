"""A client binding that offers the proxies' issuers is named."""

import pytest

from farmsight_collector.rules.http.ctl_store_on_client_binding import RULE
from tests.fakes.adfs_farms import CERTAUTH, SIGN_IN, cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM


@pytest.mark.parametrize(("mode", "key"), [("classic", f"{FARM}:49443"), ("alternate", f"{CERTAUTH}:443")])
def test_the_proxy_store_on_the_client_binding_is_named(mode, key):
    plan = healthy(mode)
    plan.edit("WAP02", "tls-binding", key, ctl_store="AdfsTrustedDevices")
    fires(RULE, plan, "WAP02", subject=key)


def test_a_store_of_the_users_cas_is_right():
    plan = healthy()
    plan.edit(SIGN_IN, "tls-binding", f"{FARM}:49443", ctl_store="ClientAuthIssuer")
    silent(RULE, plan)


def test_without_bindings_there_is_no_telling():
    plan = healthy()
    plan.lose("WAP02", "tls-binding")
    cannot_tell(RULE, plan, "WAP02")
