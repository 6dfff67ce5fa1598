"""A client binding that does not ask for a certificate is named."""

import pytest

from farmsight_collector.rules.http.negotiate_off import RULE
from tests.fakes.adfs_farms import CERTAUTH, binding, cannot_tell, fires, healthy, judged, silent
from tests.fakes.farms import FARM


@pytest.mark.parametrize(("mode", "key"), [("classic", f"{FARM}:49443"), ("alternate", f"{CERTAUTH}:443")])
def test_the_server_that_does_not_ask_is_named(mode, key):
    plan = healthy(mode)
    plan.edit("STS02", "tls-binding", key, negotiate_client_certificate=False)
    fires(RULE, plan, "STS02", subject=key)


def test_the_plain_binding_need_not_ask():
    silent(RULE, healthy())


def test_a_source_that_does_not_show_the_flag_is_in_doubt():
    plan = healthy()
    made = binding(FARM, 49443)
    made.ClearField("negotiate_client_certificate")
    plan.put("STS02", f"{FARM}:49443", made)
    cannot_tell(RULE, plan, "STS02")


def test_a_binding_left_of_the_other_mode_need_not_ask():
    plan = healthy()
    plan.put("STS02", f"{CERTAUTH}:443", binding(CERTAUTH, 443, negotiate_client_certificate=False))
    silent(RULE, plan)


def test_a_binding_that_speaks_http2_is_an_instance_of_its_own_entry():
    plan = healthy()
    plan.edit("STS01", "tls-binding", f"{FARM}:49443", negotiate_client_certificate=False, disable_http2=False)
    (found,) = judged(RULE, plan).findings
    assert found.catalogue == ("HTTP-16", "TLS-13")
    plan.edit("STS01", "tls-binding", f"{FARM}:49443", disable_http2=True)
    assert judged(RULE, plan).findings[0].catalogue == ("HTTP-16",)
