"""A CRL URL that only the own network knows is found."""

import pytest

from farmsight_collector.rules.entra.crl_url_not_public import RULE
from tests.fakes.adfs_farms import ISSUING, cannot_tell, fires, healthy, sha1, silent


@pytest.mark.parametrize(
    "url",
    ["http://pki/ca.crl", "http://pki.contoso.local/ca.crl", "http://10.1.2.3/ca.crl", "http://[fd00::1]/c.crl",
     "http://localhost/c.crl", "http:///c.crl", "http://127.0.0.1/c.crl"],
)  # fmt: skip
def test_it_is_found(url):
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(ISSUING), crl_url=url)
    fires(RULE, plan, subject=url)


@pytest.mark.parametrize("url", ["http://pki.contoso.com/a+b.crl", "http://8.8.8.8/c.crl", "ldap:///CN=x", "nonsense"])
def test_public_hosts_and_other_schemes_are_not_its_affair(url):
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(ISSUING), crl_url=url)
    silent(RULE, plan)


def test_a_tenant_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS01", "entra-authority")
    cannot_tell(RULE, plan)
