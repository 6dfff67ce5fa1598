"""A rule set that does not let the serial number through the claims-provider trust is found."""

import pytest

from farmsight_collector.rules.claim.provider_serial_missing import RULE
from tests.fakes.adfs_farms import ISSUER, SERIAL, cannot_tell, fires, healthy, silent

KEY = "AD AUTHORITY"


def rules(plan, text, seen=True):
    plan.edit("STS01", "adfs-trust", KEY, acceptance_transform_rules=text, acceptance_rules_seen=seen)


@pytest.mark.parametrize("text", ["", f'c:[Type == "{ISSUER}"] => issue(claim = c);'])
def test_rules_without_the_claim_are_found(text):
    plan = healthy()
    rules(plan, text)
    fires(RULE, plan, subject=KEY)


@pytest.mark.parametrize(
    "text", ["c:[] => issue(claim = c);", f'c:[Type == "{SERIAL}", Value =~ "x"] => issue(claim = c);']
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


CARRIED = (
    f'c:[Type == "{SERIAL}"] => issue(Type = "urn:tmp", Value = c.Value); c:[Type == "{ISSUER}"] => issue(claim = c);'
)
PARTY = "urn:federation:MicrosoftOnline"


def test_added_and_not_issued_is_found():
    plan = healthy()
    rules(plan, f'c:[Type == "{SERIAL}"] => add(Type = c.Type, Value = c.Value);')
    fires(RULE, plan, subject=KEY)


def test_a_flag_that_an_earlier_rule_sets_lets_it_pass():
    plan = healthy()
    flagged = f'exists([Type == "urn:go"]) && c:[Type == "{SERIAL}"] => issue(claim = c);'
    rules(plan, f'=> add(Type = "urn:go", Value = "1"); {flagged}')
    silent(RULE, plan)


def test_another_type_that_the_party_knows_lets_it_pass():
    plan = healthy()
    rules(plan, CARRIED)
    text = f'c:[Type == "urn:tmp"] => issue(Type = "{SERIAL}", Value = c.Value);'
    plan.edit("STS01", "adfs-trust", PARTY, issuance_transform_rules=text)
    silent(RULE, plan)


def test_another_type_that_the_party_does_not_know_is_found():
    plan = healthy()
    rules(plan, CARRIED)
    fires(RULE, plan, subject=KEY)


def test_another_type_is_in_doubt_where_the_partys_rules_are_not_shown():
    plan = healthy()
    rules(plan, CARRIED)
    plan.edit("STS01", "adfs-trust", PARTY, issuance_rules_seen=False)
    cannot_tell(RULE, plan, None)
