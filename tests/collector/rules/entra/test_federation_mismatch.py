"""Federation settings that are not this farm's are found."""

import pytest

from farmsight_collector.rules.entra.federation_mismatch import RULE
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM


@pytest.mark.parametrize(
    "changed",
    [
        {"active_sign_in_uri": "https://old.contoso.com/adfs/services/trust/2005/usernamemixed"},
        {"metadata_exchange_uri": f"http://{FARM}/adfs/services/trust/mex"},
    ],
)
def test_a_uri_that_leads_elsewhere_is_found(changed):
    plan = healthy()
    plan.edit("STS01", "entra-domain", "contoso.com", **changed)
    fires(RULE, plan, subject="contoso.com", severity=Severity.CRITICAL)


def test_a_foreign_issuer_is_a_warning():
    plan = healthy()
    plan.edit("STS01", "entra-domain", "contoso.com", issuer_uri="http://fabrikam.com/adfs/services/trust/")
    fires(RULE, plan, severity=Severity.WARNING)


@pytest.mark.parametrize("issuer", [f"http://{FARM}/adfs/services/trust", "http://contoso.com/adfs/services/trust"])
def test_the_farms_identifier_and_the_form_by_domain_are_right(issuer):
    plan = healthy()
    plan.edit("STS01", "entra-domain", "contoso.com", issuer_uri=issuer)
    silent(RULE, plan)


def test_domains_of_other_farms_are_left_alone():
    plan = healthy()
    plan.put("STS01", "fabrikam.com", pb.EntraDomain(name="fabrikam.com", authentication_type="Federated",
             issuer_uri="http://fabrikam.com/x", passive_sign_in_uri="https://sts.fabrikam.com/adfs/ls/"))  # fmt: skip
    silent(RULE, plan)


def test_a_tenant_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS01", "entra-domain")
    cannot_tell(RULE, plan)
