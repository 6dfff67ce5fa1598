"""Servers that are forced to send a list of all roots are named."""

from farmsight_collector.rules.tls.trusted_issuer_list_sent import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ROOT, SIGN_IN, cannot_tell, fires, healthy, sha1, silent, summary

NAME = "SendTrustedIssuerList"


def sends(plan, *names):
    for name in names:
        plan.put(name, NAME, pb.SchannelSetting(name=NAME, number=1))


def test_the_server_that_is_forced_is_named():
    plan = healthy()
    sends(plan, *SIGN_IN)
    fires(RULE, plan, *SIGN_IN, subject=NAME)


def test_one_of_two_that_sends_is_named_alone():
    plan = healthy()
    sends(plan, "WAP01")
    fires(RULE, plan, "WAP01")


def test_a_list_of_its_own_everywhere_is_right():
    plan = healthy()
    sends(plan, *SIGN_IN)
    for name in SIGN_IN:
        held = pb.StoreCertificate(store="ClientAuthIssuer", certificate=summary(ROOT))
        plan.put(name, f"ClientAuthIssuer/{sha1(ROOT)}", held)
    silent(RULE, plan)


def test_absent_and_zero_are_one():
    plan = healthy()
    plan.drop("WAP01", "schannel-setting")
    silent(RULE, plan)


def test_settings_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("WAP01", "schannel-setting")
    cannot_tell(RULE, plan, None)
