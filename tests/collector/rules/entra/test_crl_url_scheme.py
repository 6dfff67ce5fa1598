"""A CRL URL that Entra never fetches is found."""

import pytest

from farmsight_collector.rules.entra.crl_url_scheme import RULE
from tests.fakes.adfs_farms import ISSUING, cannot_tell, fires, healthy, sha1, silent


@pytest.mark.parametrize("url", ["ldap:///CN=Issuing", "file:///c:/x.crl", "nonsense", "http//[x"])
def test_it_is_found(url):
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(ISSUING), delta_crl_url=url)
    fires(RULE, plan, subject=url)


def test_http_in_any_letters_is_right():
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(ISSUING), crl_url="HTTP://pki.contoso.com/c.crl")
    silent(RULE, plan)


def test_a_tenant_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS01", "entra-authority")
    cannot_tell(RULE, plan)
