"""A CRL URL by https is mentioned."""

from farmsight_collector.rules.entra.crl_url_https import RULE
from farmsight_collector.rules.rule import Severity
from tests.fakes.adfs_farms import ISSUING, cannot_tell, fires, healthy, sha1, silent


def test_it_is_mentioned():
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(ISSUING), crl_url="https://pki.contoso.com/c.crl")
    fires(RULE, plan, subject="https://pki.contoso.com/c.crl", severity=Severity.INFO)


def test_http_is_right():
    silent(RULE, healthy())


def test_a_tenant_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS01", "entra-authority")
    cannot_tell(RULE, plan)


def test_https_further_on_in_the_url_is_no_scheme():
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(ISSUING), crl_url="http://pki.contoso.com/https://c.crl")
    silent(RULE, plan)
