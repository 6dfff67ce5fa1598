"""A claim type that is nearly right is found."""

import pytest

from farmsight_collector.rules.claim.uri_wrong import RULE
from farmsight_collector.rules.rule import Severity
from tests.fakes.adfs_farms import ISSUER, SERIAL, cannot_tell, fires, healthy, silent

KEY = "urn:federation:MicrosoftOnline"


def rules(plan, uri):
    plan.edit("STS01", "adfs-trust", KEY, issuance_transform_rules=f"c:[Type == {uri}] => issue(claim = c);")


@pytest.mark.parametrize(
    "uri",
    [
        f'"{SERIAL.replace("http:", "https:")}"',
        f'"{ISSUER}/"',
        f'"{SERIAL.replace("serialnumber", "serialnumer")}"',
        f'" {ISSUER}"',
        '"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/serialnumber"',
        '"http://schemas.microsoft.com/identity/claims/serialnumber"',
        '"http://schemas.microsoft.com/2012/12/certificatecontext/issuer"',
    ],
)
def test_a_slip_is_found(uri):
    plan = healthy()
    rules(plan, uri)
    fires(RULE, plan, subject=f"{KEY}: {uri.strip(chr(34))}")


def test_a_rule_pasted_without_quotes_among_others_is_found():
    plan = healthy()
    rules(plan, f'{SERIAL}] => issue(claim = c); c:[Type == "{ISSUER}"')
    fires(RULE, plan, subject=f"{KEY}: {SERIAL}")


def test_a_listing_that_lost_all_its_quotes_is_no_fault_of_the_rules():
    plan = healthy()
    rules(plan, f"{SERIAL}] => issue(claim = c); c:[Type == {ISSUER}")
    silent(RULE, plan)


@pytest.mark.parametrize(
    "uri",
    [
        SERIAL,
        ISSUER,
        ISSUER + "name",
        ISSUER.replace("issuer", "serialnumber"),
        "urn:x",
        "http://schemas.contoso.com/identity/claims/serialnumber",
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarysid",
    ],
)
def test_claim_types_of_their_own_are_left_alone(uri):
    plan = healthy()
    rules(plan, f'"{uri}"')
    silent(RULE, plan)


def test_rules_that_are_not_shown_are_in_doubt():
    plan = healthy()
    plan.edit("STS01", "adfs-trust", KEY, issuance_rules_seen=False)
    cannot_tell(RULE, plan, None)


def test_a_slip_beside_the_right_rule_is_worth_knowing_only():
    plan = healthy()
    rules(plan, f'"{SERIAL}"] => issue(claim = c); c:[Type == "{SERIAL}/"')
    fires(RULE, plan, subject=f"{KEY}: {SERIAL}/", severity=Severity.INFO)
