"""A domain in which Entra asks for a second factor whatever AD FS did is found."""

import pytest

from farmsight_collector.rules.entra.mfa_rejected import RULE
from farmsight_collector.rules.rule import Severity
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def behaving(word):
    plan = healthy()
    plan.edit("STS01", "entra-domain", "contoso.com", mfa_behavior=word)
    return plan


def test_it_is_worth_knowing():
    fires(RULE, behaving("rejectMfaByFederatedIdp"), subject="contoso.com", severity=Severity.INFO)


@pytest.mark.parametrize("word", ["acceptIfMfaDoneByFederatedIdp", "enforceMfaByFederatedIdp", ""])
def test_other_ways_are_right(word):
    silent(RULE, behaving(word))


def test_a_domain_that_is_not_federated_does_not_matter():
    plan = behaving("rejectMfaByFederatedIdp")
    plan.edit("STS01", "entra-domain", "contoso.com", authentication_type="Managed")
    silent(RULE, plan)


def test_a_tenant_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS01", "entra-domain")
    cannot_tell(RULE, plan, None)
