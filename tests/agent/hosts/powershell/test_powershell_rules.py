"""Claim rules as consoles and articles print them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents import adfs
from farmsight_agent.hosts.evidence.powershell import document, rules_listing, rules_text
from farmsight_agent.hosts.evidence.powershell.rules_text import Piece
from farmsight_agent.outcome import FailedError, NotObservedError, UnavailableError
from tests.fakes.powershell_printed import format_list

SERIAL = "http://schemas.microsoft.com/ws/2008/06/identity/claims/serialnumber"
ISSUER = "http://schemas.microsoft.com/2012/12/certificatecontext/field/issuer"
OFFICE_365 = "Microsoft Office 365 Identity Platform"
ARTICLE = """@RuleTemplate = "PassThroughClaims"
@RuleName = "<serialnumber {which} for cert based auth>"
c:[Type ==
http://schemas.microsoft.com/ws/2008/06/identity/claims/serialnumber]
  => issue(claim = c);
@RuleTemplate = "PassThroughClaims"
@RuleName = "<Issuer {which} for cert based auth>"
c:[Type ==
http://schemas.microsoft.com/2012/12/certificatecontext/field/issuer]
  => issue(claim = c);
"""
AD, RP = ARTICLE.format(which="AD"), ARTICLE.format(which="RP")
BOTH = f"""```powershell
Get-AdfsClaimsProviderTrust -Name "Active Directory"
{AD}```

```powershell
Get-AdfsRelyingPartyTrust -Name "{OFFICE_365}"
{RP}```
"""
ENTRA_CONNECT = (
    '@RuleName = "Issue UPN"\n'
    'c:[Type == "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname"]\n'
    ' => issue(store = "Active Directory", types = ("http://schemas.xmlsoap.org/claims/UPN"), '
    'query = "samAccountName={0};userPrincipalName;{1}", '
    'param = regexreplace(c.Value, "(?<domain>[^\\\\]+)\\\\(?<user>.+)", "${user}"), param = c.Value);\n'
    "\n"
    '@RuleName = "Pass through claim - issuer // and more"\n'
    f'c:[Type == "{ISSUER}"]\n'
    " => issue(claim = c); // as the article has it\n"
    "\n"
    '@RuleName = "serial"\n'
    f'c:[Type=="{SERIAL}",Value=~"^(?i)[0-9a-f]+$"]=>issue(Type="{SERIAL}",Issuer=c.Issuer,Value=c.Value,ValueType=c.ValueType);\n'
)


def trusts(body, name="STS01_x.txt"):
    read = document.read(Text(name=name, text=body))
    return {value.name: value for value in adfs.part(read, "trusts", lambda _d: b"").values}


def close(text):
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("indent", ["", "    "])
def test_the_article_s_two_listings_with_their_commands(indent):
    """Its code stands between fences, and within a numbered list four cells to the right."""
    found = trusts(re.sub("^(?=.)", indent, BOTH, flags=re.MULTILINE))

    assert found.keys() == {"Active Directory", OFFICE_365}
    provider, party = found["Active Directory"], found[OFFICE_365]
    assert provider.acceptance_transform_rules == AD.strip()
    assert party.issuance_transform_rules == RP.strip()
    assert (provider.acceptance_rules_seen, party.issuance_rules_seen) == (True, True)
    assert (provider.identifier, party.identifier, list(party.identifiers)) == ("", "", [])


@pytest.mark.parametrize(
    ("name", "cmdlet", "trust", "field"),
    [
        ("STS01_claimstrust.txt", "Get-AdfsClaimsProviderTrust", "Active Directory", "AcceptanceTransformRules"),
        ("a/STS01_rptrust.txt", "Get-AdfsRelyingPartyTrust", OFFICE_365, "IssuanceTransformRules"),
    ],
)
def test_the_file_s_name_says_which_trust_it_is(name, cmdlet, trust, field):
    [row] = rules_listing.read(Text(name=name, text=AD))[cmdlet]
    assert (row["Name"], row[field]) == (trust, AD.strip())
    assert row.source == f"evidence:{name}:1"


def test_the_command_counts_more_than_the_file_s_name():
    body = 'PS C:\\> Get-AdfsRelyingPartyTrust -Identifier "urn:federation:MicrosoftOnline"\n' + RP
    [row] = document.read(Text(name="STS01_claimstrust.txt", text=body))["Get-AdfsRelyingPartyTrust"]
    assert row["Identifier"] == ["urn:federation:MicrosoftOnline"]


@pytest.mark.parametrize("body", [AD, "PS C:\\> Get-Content rules.txt\n" + AD, "Get-AdfsRelyingPartyTrust\n" + AD])
def test_rules_of_a_trust_that_nothing_names_are_unknown(body):
    with pytest.raises(FailedError, match="trust-not-said") as caught:
        document.read(Text(name="STS01_x.txt", text=body))
    assert caught.value.source.startswith("evidence:STS01_x.txt:")


def test_a_property_alone_is_the_one_that_the_command_names():
    body = f'PS C:\\> (Get-AdfsRelyingPartyTrust -Name "{OFFICE_365}").IssuanceAuthorizationRules\n'
    [row] = document.read(Text(name="x.txt", text=body + AD))["Get-AdfsRelyingPartyTrust"]
    assert ("IssuanceAuthorizationRules" in row, "IssuanceTransformRules" in row) == (True, False)


def test_text_behind_the_last_rule_is_no_rule_and_a_rule_that_breaks_off_stays():
    name = "STS01_claimstrust.txt"
    [row] = document.read(Text(name=name, text=AD + "\n5. Because most devices aren't at home, ...\n")).popitem()[1]
    assert row["AcceptanceTransformRules"] == AD.strip()
    cut = AD[: AD.index("issuer]")]
    [row] = document.read(Text(name=name, text=cut)).popitem()[1]
    assert row["AcceptanceTransformRules"] == cut.strip()


def trust_list(rules, width, **more):
    row = {"Enabled": True, "Identifier": ["urn:federation:MicrosoftOnline"], "IssuanceTransformRules": rules}
    return format_list(row | {"Name": OFFICE_365, "AdditionalAuthenticationRules": None} | more, width=width)


PROVIDER = format_list(
    {"AcceptanceTransformRules": ENTRA_CONNECT + "\n", "IsLocal": True, "Identifier": "AD AUTHORITY", "Name": "AD"}
)


@pytest.mark.parametrize("width", [60, 79, 80, 100, 119, 120, 200, 4000])
def test_rules_in_a_list_are_whole_at_any_width(width):
    found = trusts(PROVIDER + trust_list(ENTRA_CONNECT + "\n", width))[OFFICE_365]
    rules = found.issuance_transform_rules

    assert found.identifier == "urn:federation:MicrosoftOnline"
    for uri in (SERIAL, ISSUER, "http://schemas.xmlsoap.org/claims/UPN"):
        assert rules.count(f'"{uri}"') == ENTRA_CONNECT.count(f'"{uri}"')
    assert close(rules) == close(ENTRA_CONNECT)
    assert "\n@RuleName" in rules


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_copy_that_lost_the_blanks_at_the_ends_of_lines_and_the_indentation(width):
    body = PROVIDER + trust_list(ENTRA_CONNECT, width)
    for lost in (r" +$", r"^ {20,}"):
        body = re.sub(lost, "", body, flags=re.MULTILINE)
        rules = trusts(body)[OFFICE_365].issuance_transform_rules
        assert [rules.count(f'"{uri}"') for uri in (SERIAL, ISSUER)] == [2, 1]


def test_a_trust_that_was_asked_for_by_another_name_leaves_the_one_for_entra_open():
    other = trust_list("", 120, Identifier=["urn:x"], Name="Payroll")
    with pytest.raises(UnavailableError, match="shows some only"):
        trusts(PROVIDER + 'PS C:\\> Get-AdfsRelyingPartyTrust -Name "Payroll"\n' + other)
    with pytest.raises(UnavailableError, match="shows some only"):
        trusts(PROVIDER + other)
    assert "Payroll" in trusts(PROVIDER + "PS C:\\> Get-AdfsRelyingPartyTrust\n" + other + "PS C:\\> \n")


def test_rules_that_are_empty_are_not_rules_that_are_not_shown():
    assert trusts(PROVIDER + trust_list("", 120))[OFFICE_365].issuance_rules_seen
    shown = format_list({"Identifier": ["urn:federation:MicrosoftOnline"], "EncryptClaims": True, "Name": "x"})
    assert not trusts(PROVIDER + shown)["x"].issuance_rules_seen


@pytest.mark.parametrize("end", ["IssuanceTransformRules :", "IssuanceTransformRules : \n"])
def test_rules_that_may_begin_behind_the_end_of_the_text_are_not_empty(end):
    body = "PS C:\\> Get-AdfsRelyingPartyTrust -Name x | fl Name, Identifier, IssuanceTransformRules\n\n"
    body += f"Name                   : x\nIdentifier             : {{urn:federation:MicrosoftOnline}}\n{end}"
    assert not trusts(PROVIDER + body)["x"].issuance_rules_seen


UNPICKED = {"AutoUpdateEnabled": False, "WSFedEndpoint": None, "SamlEndpoints": [], "MonitoringEnabled": False}
LISTED = format_list(
    UNPICKED
    | {"Identifier": ["urn:federation:MicrosoftOnline"], "IssuanceTransformRules": ENTRA_CONNECT, "Name": OFFICE_365},
    width=80,
)


def test_a_listing_of_trusts_cut_anywhere_shows_all_of_the_rules_or_none():
    """A listing of all properties never ends with the rules, so what ends there breaks off."""
    for at in range(len(LISTED)):
        try:
            found = trusts(PROVIDER + LISTED[:at])
        except NotObservedError:
            continue
        for party in found.values():
            if party.issuance_rules_seen:
                assert close(party.issuance_transform_rules) == close(ENTRA_CONNECT), at


def test_a_listing_of_picked_properties_may_end_with_the_rules():
    picked = format_list(
        {"Name": OFFICE_365, "Enabled": True, "IssuanceTransformRules": ENTRA_CONNECT.strip()}, width=80
    )
    for body in (picked, picked.rstrip("\n"), picked.rstrip("\n") + "\n"):
        assert close(trusts(PROVIDER + body)[OFFICE_365].issuance_transform_rules) == close(ENTRA_CONNECT)


RULE = st.sampled_from(
    ['"http://', "a/b", '"', " ", "\n", "//", "\\", "urn:", "c:[Type == ", "]", ";", "=> issue(", "x"]
)


@given(st.lists(st.builds(Piece, st.lists(RULE, max_size=6).map("".join), st.booleans()), max_size=8))
def test_putting_lines_together_only_ever_takes_blanks_away(pieces):
    assert close(rules_text.whole(pieces)) == close("".join(piece.text for piece in pieces))
