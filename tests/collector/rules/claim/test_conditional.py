"""Rules that let serial number or issuer pass for a part of the users only are found."""

import pytest

from farmsight_collector.rules.claim.conditional import RULE
from tests.fakes.adfs_farms import ISSUER, RULES_TEXT, SERIAL, cannot_tell, fires, healthy, judged, silent

AD, ENTRA = "AD AUTHORITY", "urn:federation:MicrosoftOnline"
ISSUER_PASSES = f'c:[Type == "{ISSUER}"] => issue(claim = c);'


def rules(plan, text, seen=True):
    plan.edit("STS01", "adfs-trust", AD, acceptance_transform_rules=text, acceptance_rules_seen=seen)
    return plan


@pytest.mark.parametrize(
    "rule",
    [
        f'c:[Type == "{SERIAL}", Value =~ "^4"] => issue(claim = c);',
        f'c:[Type == "{SERIAL}"] && [Type == "http://contoso.com/role", Value == "x"] => issue(claim = c);',
        f'[] => issue(Type = "{SERIAL}", Value = "0");',
    ],
)
def test_a_filter_a_further_condition_or_a_value_of_its_own_is_found(rule):
    fires(RULE, rules(healthy(), f"{rule}\n{ISSUER_PASSES}"), subject=f"{AD}: serial number")


def test_the_trust_for_entra_is_looked_at_too():
    plan = healthy()
    text = f'@RuleName = "some" c:[Type == "{ISSUER}", Issuer == "AD"] => issue(claim = c);\nc:[Type == "{SERIAL}"]'
    plan.edit("STS01", "adfs-trust", ENTRA, issuance_transform_rules=f"{text} => issue(claim = c);")
    fires(RULE, plan, subject=f"{ENTRA}: issuer")


def test_a_plain_rule_beside_the_conditional_one_lets_all_pass():
    silent(RULE, rules(healthy(), f'c:[Type == "{SERIAL}", Value =~ "^4"] => issue(claim = c);\n{RULES_TEXT}'))


def test_no_rule_at_all_is_another_finding():
    silent(RULE, rules(healthy(), ""))


def test_a_rule_that_cannot_be_read_may_let_all_pass():
    text = f'c:[Type == "{SERIAL}", Value =~ "^4"] => issue(claim = c);\nc:[Type is serial] => issue(claim = c);'
    cannot_tell(RULE, rules(healthy(), f"{text}\n{ISSUER_PASSES}"), None)


def test_rules_that_are_not_shown_are_in_doubt():
    cannot_tell(RULE, rules(healthy(), "", seen=False), None)
    plan = healthy()
    plan.lose("STS01", "adfs-trust")
    cannot_tell(RULE, plan)


def test_a_value_that_every_user_gets_is_found_and_said_to_be_another():
    text = f'@RuleName = "fixed" => issue(Type = "{SERIAL}", Value = "0");\n{ISSUER_PASSES}'
    [finding] = judged(RULE, rules(healthy(), text)).findings
    assert 'rule "fixed"' in finding.title
    assert "another value in its place" in finding.title


def test_two_trusts_that_together_let_all_pass_are_silent():
    """The provider's rules rename the claim, and the party's rules name it right again."""
    plan = rules(healthy(), f'c:[Type == "{SERIAL}"] => issue(Type = "urn:tmp", Value = c.Value);\n{ISSUER_PASSES}')
    text = f'c:[Type == "urn:tmp"] => issue(Type = "{SERIAL}", Value = c.Value);\n{ISSUER_PASSES}'
    plan.edit("STS01", "adfs-trust", ENTRA, issuance_transform_rules=text)
    silent(RULE, plan)


def test_what_holds_for_everybody_in_two_rules_is_no_condition():
    inside = '[Type == "http://schemas.microsoft.com/ws/2012/01/insidecorporatenetwork", Value == "true"]'
    text = "".join(
        f'{test}({inside}) && c:[Type == "{SERIAL}"] => issue(claim = c);\n' for test in ("exists", "not exists")
    )
    silent(RULE, rules(healthy(), text + ISSUER_PASSES))
