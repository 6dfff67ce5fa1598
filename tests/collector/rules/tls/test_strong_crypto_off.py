"""A hardened server whose .NET was left behind is named."""

from farmsight_collector.rules.tls.strong_crypto_off import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent

STRONG = ".NETFramework/v4.0.30319/SchUseStrongCrypto"


def hardened(plan, number=None, key=STRONG):
    old = "Protocols/TLS 1.0/Client/Enabled"
    plan.put("WAP01", old, pb.SchannelSetting(name=old, number=0))
    if number is not None:
        plan.put("WAP01", key, pb.SchannelSetting(name=key, number=number))


def test_strong_cryptography_turned_off_is_named():
    plan = healthy()
    hardened(plan, 0)
    fires(RULE, plan, "WAP01", subject="SchUseStrongCrypto")


def test_turned_on_or_left_to_a_new_system_is_right():
    plan = healthy()
    hardened(plan, 1)
    silent(RULE, plan)
    plan = healthy()
    hardened(plan)
    silent(RULE, plan)


def test_an_old_system_whose_net_settings_are_not_shown_is_in_doubt():
    plan = healthy()
    hardened(plan)
    plan.edit("WAP01", "host", "WAP01", os_version="10.0.14393")
    cannot_tell(RULE, plan, "WAP01")
    hardened(plan, 1, ".NETFramework/v4.0.30319/SystemDefaultTlsVersions")
    fires(RULE, plan, "WAP01")
