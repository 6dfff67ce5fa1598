"""What somebody left out of PowerShell's output: nothing is put together over the gap, and no listing is whole."""

import pytest

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents.excerpts import CUT, PICKED
from farmsight_agent.hosts.evidence.powershell import document
from farmsight_agent.hosts.evidence.recognise import recognise

MARKS = pytest.mark.parametrize(
    "mark", ["...", "[...]", "\u2026", "<snip>", "    ...", "--- snip ---", "-- More  --", "*** output shortened ***"]
)
ENDPOINTS = """

ClientCredentialType : Windows
Enabled              : False
Proxy                : False
AddressPath          : /adfs/services/trust/2005/windowstransport
Version              : default

ClientCredentialType : Certificate
Enabled              : True
Proxy                : True
AddressPath          : /adfs/services/trust/2005/certificatemixed
Version              : default

ClientCredentialType : Certificate
Enabled              : False
Proxy                : False
AddressPath          : /adfs/services/trust/2005/certificatetransport
Version              : default


"""
BINDINGS = """

HostName        : sts.fabrikam.example
PortNumber      : 443
CertificateHash : 1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C

HostName        : sts.fabrikam.example
PortNumber      : 49443
CertificateHash : 1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C

"""
RULES = """Get-AdfsClaimsProviderTrust -Name "Active Directory"

@RuleName = "Serial number"
c:[Type == "http://schemas.microsoft.com/ws/2008/06/identity/claims/serialnumber"]
 => issue(claim = c);
{mark}
@RuleName = "Issuer"
c:[Type == "http://schemas.microsoft.com/2012/12/certificatecontext/field/issuer"]
 => issue(claim = c);
"""


def read(body, name="ADFS01_Get-AdfsEndpoint.txt"):
    return document.read(Text(name=name, text=body))


@MARKS
def test_halves_of_two_objects_are_not_made_one(mark):
    """From within the first to within the last: "Windows" and "certificatetransport" stood in different ones."""
    lines = ENDPOINTS.split("\n")
    for first in range(3, 9):
        for last in range(first, 18):
            found = read("\n".join([*lines[:first], mark, *lines[last:]]))
            whole = {row["AddressPath"]: row for row in read(ENDPOINTS)["Get-AdfsEndpoint"]}
            for row in found.get("Get-AdfsEndpoint", []):
                assert row.items() <= whole.get(row.get("AddressPath"), {}).items()


@MARKS
def test_a_listing_with_a_gap_is_not_all_that_there_is(mark):
    lines = ENDPOINTS.split("\n")
    found = read("\n".join([*lines[:7], mark, *lines[13:]]))
    assert {row.rest for row in found["Get-AdfsEndpoint"]} & {CUT}


@MARKS
def test_a_gap_within_a_table_cuts_it_off(mark):
    table = "\n\nHostName  PortNumber CertificateHash\n--------  ---------- ---------------\n"
    rows = [f"sts{n}      {n:>10} {'1C' * 20}\n" for n in (443, 444, 49443)]
    found = read(table + rows[0] + mark + "\n" + rows[2] + "\n\n", "ADFS01_Get-AdfsSslCertificate.txt")
    assert [row["PortNumber"] for row in found["Get-AdfsSslCertificate"]] == ["443"]
    assert found["Get-AdfsSslCertificate"][0].rest == CUT


@MARKS
def test_rules_of_which_some_were_left_out_are_not_the_rules(mark):
    whole = read(RULES.format(mark=""), "ADFS01_claimstrust.txt")
    assert whole["Get-AdfsClaimsProviderTrust"][0]["AcceptanceTransformRules"].count("issue(") == 2
    found = read(RULES.format(mark=mark), "ADFS01_claimstrust.txt")
    assert found["Errors"]["Get-AdfsClaimsProviderTrust"]["Reason"] == "partial-listing"
    assert "Get-AdfsClaimsProviderTrust" not in found


def test_values_of_one_length_at_the_end_of_a_listing_are_whole_when_a_blank_line_follows():
    for behind in ("", "Kind regards\nan administrator\n", "```\n\nRegards\n"):
        found = read(BINDINGS + behind, "ADFS01_Get-AdfsSslCertificate.txt")
        assert [row["CertificateHash"][:2] for row in found["Get-AdfsSslCertificate"]] == ["1C", "1C"]
        assert {row.rest for row in found["Get-AdfsSslCertificate"]} == {""}


@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_value_that_a_console_broke_at_its_width_has_no_blank_where_it_was_broken(width):
    methods = ", ".join(f"urn:oasis:names:tc:SAML:2.0:ac:classes:Method{n}" for n in range(3))
    line = f"AuthenticationMethods      : {{{methods}}}"
    broken = "\n".join(line[at : at + width] for at in range(0, len(line), width))
    body = f"\n\nAdminName                  : Certificate Authentication\nAllowedForPrimaryExtranet  : True\n{broken}\n"
    body += "Name                       : CertificateAuthentication\n\n\n"
    [row] = read(body, "ADFS01_authprovider.txt")["Get-AdfsAuthenticationProvider"]
    assert row["AuthenticationMethods"] == methods.split(", ")


@pytest.mark.parametrize(
    "behind",
    [
        "| ? Enabled", "| where {$_.Proxy}", "| Select-Object -First 3", "| select -Last 1", "| sls certificate",
        "| Out-String -Stream | Select-String certificate -Context 3", "| findstr certificate", '| find "certificate"',
        "| % { $_ }", "-AddressPath /adfs/ls/", "/adfs/ls/", "| ForEach-Object { $_ }", "| select -SkipLast 2",
    ],
)  # fmt: skip
def test_a_command_that_picks_some_is_answered_by_some(behind):
    found = read(f"PS C:\\> Get-AdfsEndpoint {behind}{ENDPOINTS}PS C:\\>", "ADFS01_x.txt")
    assert {row.rest for row in found["Get-AdfsEndpoint"]} == {PICKED}


@pytest.mark.parametrize(
    "behind", ["", "| fl *", "| Format-List", "| select AddressPath,Enabled,Proxy", "| more", "2>&1"]
)
def test_a_command_that_asks_for_all_is_answered_by_all_objects(behind):
    found = read(f"PS C:\\> Get-AdfsEndpoint {behind}{ENDPOINTS}PS C:\\>", "ADFS01_x.txt")
    assert {row.rest for row in found["Get-AdfsEndpoint"]} == {""}


@pytest.mark.parametrize("marked", ["-- More  --", "--- snip ---"])
def test_a_line_that_a_pager_drew_through_a_table_does_not_make_two_of_it(marked):
    table = "\n\nHostName  PortNumber CertificateHash\n--------  ---------- ---------------\n"
    rows = [f"sts{n:<5}  {n:>10} {'1C' * 20}\n" for n in (443, 444, 49443)]
    file = Text(
        name="ADFS01_Get-AdfsSslCertificate.txt", text=table + rows[0] + rows[1] + marked + "\n" + rows[2] + "\n\n"
    )
    [one] = recognise(file)
    assert {row.rest for row in document.read(one.text)["Get-AdfsSslCertificate"]} == {CUT}
