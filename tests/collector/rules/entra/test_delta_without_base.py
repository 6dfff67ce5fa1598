"""A delta CRL without a base is found."""

from farmsight_collector.rules.entra.delta_without_base import RULE
from tests.fakes.adfs_farms import ISSUING, cannot_tell, fires, healthy, sha1, silent


def test_it_is_found():
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(ISSUING), crl_url="", delta_crl_url="http://pki.contoso.com/d.crl")
    fires(RULE, plan, subject="CN=Contoso Issuing CA 1")


def test_a_delta_beside_a_base_is_right():
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(ISSUING), delta_crl_url="http://pki.contoso.com/d.crl")
    silent(RULE, plan)


def test_a_tenant_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS01", "entra-authority")
    cannot_tell(RULE, plan)
