"""A rule set that does not let the issuer through the trust for Entra is found."""

import pytest

from farmsight_collector.rules.claim.office365_issuer_missing import RULE
from tests.fakes.adfs_farms import ISSUER, SERIAL, cannot_tell, fires, healthy, silent

KEY = "urn:federation:MicrosoftOnline"


def rules(plan, text, seen=True):
    plan.edit("STS01", "adfs-trust", KEY, issuance_transform_rules=text, issuance_rules_seen=seen)


@pytest.mark.parametrize("text", ["", f'c:[Type == "{SERIAL}"] => issue(claim = c);'])
def test_rules_without_the_claim_are_found(text):
    plan = healthy()
    rules(plan, text)
    fires(RULE, plan, subject=KEY)


@pytest.mark.parametrize(
    "text", ["c:[] => issue(claim = c);", f'c:[Type == "{ISSUER}", Value =~ "x"] => issue(claim = c);']
)
def test_a_blanket_rule_or_one_with_a_filter_lets_it_pass(text):
    plan = healthy()
    rules(plan, text)
    silent(RULE, plan)


def test_a_rule_that_cannot_be_read_is_in_doubt():
    plan = healthy()
    rules(plan, "c:[Type is serial] => issue(claim = c);")
    cannot_tell(RULE, plan, None)


def test_rules_that_are_not_shown_are_in_doubt():
    plan = healthy()
    rules(plan, "", seen=False)
    cannot_tell(RULE, plan, None)
    plan.lose("STS01", "adfs-trust")
    cannot_tell(RULE, plan)


def test_healthy_is_silent():
    silent(RULE, healthy())
