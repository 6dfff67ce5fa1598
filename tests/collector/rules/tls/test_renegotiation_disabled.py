"""A binding that would ask late where that is switched off is named."""

from farmsight_collector.rules.tls.renegotiation_disabled import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM

KEY = f"{FARM}:49443"
NAME = "DisableRenegoOnServer"


def off(value=1, *, late=True):
    plan = healthy()
    plan.put("STS01", NAME, pb.SchannelSetting(name=NAME, number=value))
    if late:
        plan.edit("STS01", "tls-binding", KEY, negotiate_client_certificate=False)
    return plan


def test_it_is_named():
    fires(RULE, off(), "STS01", subject=KEY)


def test_a_binding_that_asks_in_the_handshake_needs_no_renegotiation():
    silent(RULE, off(late=False))


def test_the_default_lets_it_ask():
    silent(RULE, off(0))
    plan = healthy()
    plan.edit("STS01", "tls-binding", KEY, negotiate_client_certificate=False)
    silent(RULE, plan)


def test_settings_that_are_not_known_are_in_doubt():
    plan = off()
    plan.lose("STS01", "schannel-setting")
    cannot_tell(RULE, plan, "STS01")
