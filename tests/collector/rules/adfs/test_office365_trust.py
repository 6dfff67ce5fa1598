"""A missing or disabled trust for Entra is found."""

import pytest

from farmsight_collector.rules.adfs.office365_trust import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import NO, YES, cannot_tell, fires, healthy, silent

KEY = "urn:federation:MicrosoftOnline"


def test_a_disabled_trust_is_found():
    plan = healthy()
    plan.edit("STS01", "adfs-trust", KEY, enabled=NO)
    fires(RULE, plan)


def test_a_missing_trust_is_found_among_others():
    plan = healthy()
    plan.drop("STS01", "adfs-trust", KEY)
    other = pb.AdfsTrust(trust_kind=pb.TRUST_KIND_RELYING_PARTY, identifier="urn:ms-drs:contoso", enabled=YES)
    plan.put("STS01", "urn:ms-drs:contoso", other)
    fires(RULE, plan)


def test_the_trust_is_known_by_its_identifier_not_its_name():
    plan = healthy()
    plan.edit("STS01", "adfs-trust", KEY, name="Microsoft Office 365 Identity Platform Worldwide")
    silent(RULE, plan)


def named(plan, name):
    """Let the trust be shown as who asks for it by its name and prints its rules alone shows it."""
    plan.drop("STS01", "adfs-trust", KEY)
    value = pb.AdfsTrust(trust_kind=pb.TRUST_KIND_RELYING_PARTY, name=name, issuance_rules_seen=True)
    plan.put("STS01", f"name:{name}", value)


@pytest.mark.parametrize("word", ["", " Worldwide"])
def test_a_trust_whose_identifier_is_not_shown_is_known_by_its_name(word):
    plan = healthy()
    named(plan, f"Microsoft Office 365 Identity Platform{word}")
    silent(RULE, plan)


def test_another_trust_that_is_shown_by_its_name_alone_leaves_it_open():
    plan = healthy()
    named(plan, "Microsoft 365 (renamed by us)")
    cannot_tell(RULE, plan)


def test_a_trust_of_that_name_with_another_identifier_is_another():
    plan = healthy()
    plan.drop("STS01", "adfs-trust", KEY)
    name = "Microsoft Office 365 Identity Platform"
    other = pb.AdfsTrust(trust_kind=pb.TRUST_KIND_RELYING_PARTY, identifier="urn:x", identifiers=["urn:x"], name=name)
    plan.put("STS01", "urn:x", other)
    fires(RULE, plan)


def test_a_farm_without_any_relying_party_lacks_it():
    plan = healthy()
    plan.drop("STS01", "adfs-trust", KEY)
    fires(RULE, plan)


def test_a_listing_of_claims_providers_alone_says_nothing_of_relying_parties():
    plan = healthy()
    plan.drop("STS01", "adfs-trust", KEY)
    plan.edit("STS01", "adfs-trust", "AD AUTHORITY", other_kind_not_listed=True)
    cannot_tell(RULE, plan)


def test_a_listing_without_any_trust_is_in_doubt():
    plan = healthy()
    plan.drop("STS01", "adfs-trust")
    cannot_tell(RULE, plan)


def test_trusts_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("STS01", "adfs-trust")
    cannot_tell(RULE, plan)
