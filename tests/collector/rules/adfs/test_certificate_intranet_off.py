"""Certificate sign-in that is not offered inside is mentioned."""

from farmsight_collector.rules.adfs.certificate_intranet_off import RULE
from farmsight_collector.rules.rule import Severity
from tests.fakes.adfs_farms import NO, cannot_tell, fires, healthy, silent

NAME = "CertificateAuthentication"


def test_it_is_mentioned_and_no_more():
    plan = healthy()
    plan.edit("STS01", "adfs-authentication-provider", NAME, primary_intranet=NO)
    fires(RULE, plan, subject=NAME, severity=Severity.INFO)


def test_outside_is_another_matter():
    plan = healthy()
    plan.edit("STS01", "adfs-authentication-provider", NAME, primary_extranet=NO)
    silent(RULE, plan)


def test_what_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS01", "adfs-authentication-provider")
    cannot_tell(RULE, plan)
