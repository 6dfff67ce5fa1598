"""Tables: columns by their dashes, cells that were cut, numbers that stand on the right."""

import contextlib

import pytest

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.documents import adfs, entra, sections
from farmsight_agent.hosts.evidence.powershell import document
from farmsight_agent.hosts.evidence.powershell.forms import likeness
from farmsight_agent.outcome import FailedError, NotObservedError
from farmsight_wire.v1 import facts_pb2
from tests.fakes.powershell_printed import format_table

SHA1 = "4195EE03C2721F7478B67E94BD83BB373FE22D98"
NAMES = ["sts.contoso.com", "localhost", "sts.contoso.com", "EnterpriseRegistration.contoso.com"]
PORTS = [443, 443, 49443, 443]
BINDINGS = [
    {"HostName": name, "PortNumber": port, "CertificateHash": SHA1} for name, port in zip(NAMES, PORTS, strict=True)
]


def read(body, name="STS01_x.txt"):
    return document.read(Text(name=name, text=body))


def bindings(body):
    seen = sections.seen(read(body), "Get-AdfsSslCertificate", adfs.ssl_binding)
    return [(v.host, v.port, v.certificate_sha1) for v in seen.values]


def test_numbers_on_the_right_and_names_on_the_left():
    body = "PS C:\\> Get-AdfsSslCertificate\n" + format_table(*BINDINGS, right={"PortNumber"})
    assert bindings(body) == [(name, port, SHA1) for name, port in zip(NAMES, PORTS, strict=True)]


@pytest.mark.parametrize("more", ["...", "\u2026", "?", "\ufffd"])
def test_a_device_registration_name_that_was_cut_leaves_the_other_bindings_told(more):
    body = format_table(*BINDINGS, widths={"HostName": 30}, right={"PortNumber"}, more=more)
    assert [host for host, _, _ in bindings(body)] == NAMES[:3]


def test_any_other_name_that_was_cut_could_be_the_one_that_is_looked_for():
    hidden = [*BINDINGS, {"HostName": "certauth.sts.corporate.contoso.com", "PortNumber": 443, "CertificateHash": SHA1}]
    with pytest.raises(FailedError, match="HostName") as caught:
        bindings(format_table(*hidden, widths={"HostName": 30}, right={"PortNumber"}))
    assert caught.value.source == "evidence:STS01_x.txt:9"


def test_a_cut_thumbprint_is_no_thumbprint():
    [(_, _, sha1), *_] = bindings(format_table(*BINDINGS[:3], widths={"CertificateHash": 15}, right={"PortNumber"}))
    assert sha1 == ""


def test_a_table_does_not_say_whether_a_binding_names_a_ctl_store():
    """With the application id and no CTL store, it would be one that AD FS made and that lacks it."""
    body = format_table(*({**one, "AppId": "5d89a20c-beab-4389-9447-324788eb944a"} for one in BINDINGS[:3]))
    [first, *_] = sections.seen(read(body), "Get-AdfsSslCertificate", adfs.ssl_binding).values
    assert (first.application_id, first.ctl_store) == ("", "")


def test_several_tables_behind_one_another():
    sync = "\n\nRole\n----\nPrimaryComputer\n\n\n"
    found = read(format_table(*BINDINGS, right={"PortNumber"}) + sync)
    assert found.keys() == {"Get-AdfsSslCertificate", "Get-AdfsSyncProperties"}
    assert found["Get-AdfsSyncProperties"][0].source == "evidence:STS01_x.txt:15"


def test_a_table_of_one_column_tells_the_role():
    [value] = adfs.part(read("Role\n----\nSecondaryComputer\n"), "sync", lambda _d: b"").values
    assert value.role == facts_pb2.SYNC_ROLE_SECONDARY


@pytest.mark.parametrize("printed", ["Role\n----\nPrimaryComputer\n", "\nRole : PrimaryComputer\n\n"])
def test_a_role_alone_is_told_in_either_layout_whatever_the_file_is_called(printed):
    assert likeness(Text(name="STS01_x.txt", text=printed)) is Likeness.CERTAIN


def test_japanese_names_take_two_cells_a_character():
    rows = [
        {"Name": "テスト用の証明書利用者信頼", "Enabled": True, "Identifier": ["urn:test"]},
        {"Name": "Microsoft Office 365", "Enabled": False, "Identifier": ["urn:federation:MicrosoftOnline"]},
    ]
    widest = 2 * len(rows[0]["Name"])
    lines = ["PS C:\\> Get-AdfsRelyingPartyTrust | ft Name, Enabled, Identifier", ""]
    lines += ["Name".ljust(widest) + " Enabled Identifier", "----".ljust(widest) + " ------- ----------"]
    lines += [rows[0]["Name"] + "    True {urn:test}"]
    lines += ["Microsoft Office 365".ljust(widest) + "   False {urn:federation:MicrosoftOnline}", "", ""]
    found = read("\n".join(lines))["Get-AdfsRelyingPartyTrust"]

    assert [(row["Name"], row["Enabled"], row["Identifier"]) for row in found] == [
        (row["Name"], str(row["Enabled"]), row["Identifier"]) for row in rows
    ]


def test_domains_of_the_older_module():
    rows = [
        {"Name": "contoso.onmicrosoft.com", "Status": "Verified", "Authentication": "Managed"},
        {"Name": "contoso.com", "Status": "Verified", "Authentication": "Federated"},
        {"Name": "new.contoso.com", "Status": "Unverified", "Authentication": "Managed"},
    ]
    body = "PS C:\\> Get-MsolDomain\n" + format_table(*rows)
    found = entra.part(read(body), "domains", lambda _d: b"").values

    assert [(v.name, v.authentication_type, v.verified) for v in found] == [
        ("contoso.onmicrosoft.com", "Managed", facts_pb2.TRISTATE_YES),
        ("contoso.com", "Federated", facts_pb2.TRISTATE_YES),
        ("new.contoso.com", "Managed", facts_pb2.TRISTATE_NO),
    ]


def test_a_row_out_of_line_is_read_word_by_word_or_not_at_all():
    body = "Name                     Status   Authentication\n----                     ------   --------------\n"
    body += "contoso.onmicrosoft.com  Verified Managed\ncontoso.mail.onmicrosoft.com \t Verified Federated\n"
    body += "contoso.com              Verified Managed\n\n"
    found = entra.part(read(body), "domains", lambda _d: b"").values
    assert [v.authentication_type for v in found] == ["Managed", "Federated", "Managed"]


def test_a_cut_header_is_the_only_property_that_begins_so():
    body = "HostName        PortNumber CertificateH...\n--------        ---------- ---------------\n"
    body += f"sts.contoso.com      49443 {SHA1}\n\n"
    assert bindings(body) == [("sts.contoso.com", 49443, SHA1)]


def test_cells_that_go_on_below_are_not_put_together():
    body = "HostName  PortNumber CertificateHash\n--------  ---------- ---------------\n"
    body += f"sts.conto      49443 {SHA1}\nso.com\n\n"
    with pytest.raises(FailedError, match="HostName"):
        bindings(body)


def test_authorities_without_their_crl_url_are_unknown_and_not_without_one():
    row = {"AuthorityType": "RootAuthority", "TrustedIssuer": "CN=Root", "TrustedIssuerSki": "AB" * 20}
    cut = row | {"CrlDistributionPoint": "http://pki.contoso.com/a-long-name-of-a-list.crl"}
    for body in (format_table(row), format_table(cut, widths={"CrlDistributionPoint": 24})):
        with pytest.raises(FailedError, match="CrlDistributionPoint"):
            entra.part(read(body), "authorities", lambda _d: b"")


def test_a_table_cut_anywhere_says_nothing_that_the_whole_one_does_not():
    body = format_table(*BINDINGS, right={"PortNumber"})
    whole = set(bindings(body))
    for at in range(len(body)):
        with contextlib.suppress(NotObservedError):
            for host, port, sha1 in bindings(body[:at]):
                assert any(host == w[0] and port == w[1] and sha1 in {"", w[2]} for w in whole), at
