"""A CA object without a CRL URL is found."""

from farmsight_collector.rules.entra.crl_url_missing import RULE
from farmsight_collector.rules.rule import Severity
from tests.fakes.adfs_farms import ISSUING, YES, cannot_tell, fires, healthy, sha1, silent


def test_it_is_found():
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(ISSUING), crl_url="")
    fires(RULE, plan, subject="CN=Contoso Issuing CA 1")


def test_one_with_a_url_is_right():
    silent(RULE, healthy())


def test_a_tenant_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS01", "entra-authority")
    cannot_tell(RULE, plan)


def test_where_the_tenant_requires_crls_it_fails_who_signs_in_there():
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(ISSUING), crl_url="")
    plan.edit("STS01", "entra-certificate-policy", "-", enabled=YES, crl_validation_required=YES)
    fires(RULE, plan, subject="CN=Contoso Issuing CA 1", severity=Severity.ERROR)


def test_a_policy_that_nobody_may_read_leaves_it_a_warning():
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(ISSUING), crl_url="")
    plan.lose("STS01", "entra-certificate-policy")
    fires(RULE, plan, subject="CN=Contoso Issuing CA 1", severity=Severity.WARNING)


def test_a_delta_url_alone_is_another_finding():
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(ISSUING), crl_url="", delta_crl_url="http://pki.contoso.com/d.crl")
    silent(RULE, plan)
