"""A server that trusts only a store without the users' CAs is named."""

import pytest

from farmsight_collector.rules.tls.client_trust_mode import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ISSUING, cannot_tell, fires, healthy, sha1, silent, summary
from tests.fakes.farms import FARM


def mode(plan, number):
    plan.put("STS01", "ClientAuthTrustMode", pb.SchannelSetting(name="ClientAuthTrustMode", number=number))


@pytest.mark.parametrize("number", [1, 2])
def test_a_mode_without_a_store_is_named(number):
    plan = healthy()
    mode(plan, number)
    fires(RULE, plan, "STS01", subject=f"ClientAuthTrustMode {number}")


def test_a_store_with_the_users_ca_is_right():
    plan = healthy()
    mode(plan, 2)
    plan.edit("STS01", "tls-binding", f"{FARM}:49443", ctl_store="clientauthissuer")
    held = pb.StoreCertificate(store="ClientAuthIssuer", certificate=summary(ISSUING))
    plan.put("STS01", f"ClientAuthIssuer/{sha1(ISSUING)}", held)
    silent(RULE, plan)


def test_machine_trust_is_right():
    plan = healthy()
    mode(plan, 0)
    silent(RULE, plan)


def test_settings_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("STS01", "schannel-setting")
    cannot_tell(RULE, plan, "STS01")
