"""Rules that demand what nobody can give are found."""

import pytest

from farmsight_collector.rules.adfs.second_factor_missing import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent

DEMANDS = (
    'c:[] => issue(Type = "http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationmethod", Value="x");'
)


def policy(rules=DEMANDS, additional=()):
    plan = healthy()
    plan.edit("STS01", "adfs-global-policy", "-", additional_authentication_rules=rules, additional=list(additional))
    return plan


@pytest.mark.parametrize("additional", [(), ("CertificateAuthentication",), (" ",)])
def test_no_provider_but_the_certificate_is_found(additional):
    fires(RULE, policy(additional=additional), subject="additional authentication")


def test_another_provider_is_right():
    silent(RULE, policy(additional=("CertificateAuthentication", "AzureMfaAuthentication")))


def test_without_rules_nobody_is_asked():
    silent(RULE, policy(rules="  "))


def test_a_policy_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS01", "adfs-global-policy")
    cannot_tell(RULE, plan, None)
