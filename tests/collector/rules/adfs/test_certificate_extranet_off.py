"""Certificate sign-in that is not offered outside is found."""

from farmsight_collector.rules.adfs.certificate_extranet_off import RULE
from farmsight_collector.rules.rule import Severity
from tests.fakes.adfs_farms import NO, cannot_tell, fires, healthy, silent

NAME = "CertificateAuthentication"


def test_the_providers_flag_says_no():
    plan = healthy()
    plan.edit("STS01", "adfs-authentication-provider", NAME, primary_extranet=NO)
    fires(RULE, plan, subject=NAME, severity=Severity.CRITICAL)


def test_the_policy_says_no():
    plan = healthy()
    plan.edit("STS01", "adfs-global-policy", "-", primary_extranet=["FormsAuthentication"])
    fires(RULE, plan, subject=NAME)


def test_a_farm_without_proxies_is_only_warned():
    plan = healthy(waps=())
    plan.edit("STS01", "adfs-global-policy", "-", primary_extranet=["FormsAuthentication"])
    fires(RULE, plan, severity=Severity.WARNING)


def test_a_no_is_a_no_though_the_other_half_is_not_known():
    plan = healthy()
    plan.edit("STS01", "adfs-authentication-provider", NAME, primary_extranet=NO)
    plan.lose("STS01", "adfs-global-policy")
    fires(RULE, plan)


def test_a_yes_needs_both_halves():
    plan = healthy()
    plan.lose("STS01", "adfs-global-policy")
    cannot_tell(RULE, plan)
    silent(RULE, healthy())


def test_off_inside_alone_is_another_finding():
    plan = healthy()
    plan.edit("STS01", "adfs-authentication-provider", NAME, primary_intranet=NO)
    plan.edit("STS01", "adfs-global-policy", "-", primary_intranet=["FormsAuthentication"])
    silent(RULE, plan)
