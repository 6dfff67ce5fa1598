"""What Export-Csv and Export-Clixml write says the same as the cmdlet's own listing."""

import time
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.documents import adfs
from farmsight_agent.hosts.evidence.documents.excerpts import CUT
from farmsight_agent.hosts.evidence.powershell import document
from farmsight_agent.hosts.evidence.powershell.forms import likeness
from farmsight_agent.hosts.evidence.recognise import recognise
from farmsight_agent.outcome import FailedError, NotObservedError
from farmsight_wire.v1 import facts_pb2

ENDPOINTS = [
    {"ClientCredentialType": "Anonymous", "Enabled": True, "FullUrl": "https://sts.fabrikam.example/adfs/ls/",
     "Proxy": True, "Protocol": "SAML 2.0/WS-Federation", "SecurityMode": "Transport", "AddressPath": "/adfs/ls/"},
    {"ClientCredentialType": "Certificate", "Enabled": False, "Proxy": False, "Protocol": "WS-Trust 2005",
     "FullUrl": "https://sts.fabrikam.example/adfs/services/trust/2005/certificatemixed", "SecurityMode": "Mixed",
     "AddressPath": "/adfs/services/trust/2005/certificatemixed"},
]  # fmt: skip
BINDINGS = [
    {"HostName": "sts.fabrikam.example", "PortNumber": port, "CertificateHash": "1C" * 20} for port in (443, 49443)
]
RULE = 'c:[Type == "http://schemas.microsoft.com/ws/2008/06/identity/claims/serialnumber"]\r\n => issue(claim = c);'
TRUST = {
    "Name": "Microsoft Office 365 Identity Platform", "Enabled": True, "IssuanceTransformRules": RULE,
    "Identifier": ["https://login.microsoftonline.com/extSTS.srf", "urn:federation:MicrosoftOnline"],
    "AllowedAuthenticationClassReferences": [], "Notes": None,
}  # fmt: skip


def csv(rows, delimiter=",", typed=True, end="\r\n"):
    names = list(rows[0])
    cells = [names, *([str(row.get(name, "")).replace('"', '""') for name in names] for row in rows)]
    lines = [delimiter.join(f'"{cell}"' for cell in line) for line in cells]
    return end.join([*(["#TYPE Microsoft.IdentityServer.Management.Resources.X"] if typed else []), *lines]) + end


def element(name, value):
    """Return a property as Export-Clixml writes it."""
    named = f' N="{name}"' if name else ""
    if value is None:
        return f"<Nil{named} />"
    if isinstance(value, bool):
        return f"<B{named}>{str(value).lower()}</B>"
    if isinstance(value, int):
        return f"<I32{named}>{value}</I32>"
    if isinstance(value, list):
        inner = "".join(element("", one) for one in value)
        return f'<Obj{named} RefId="7"><TN RefId="3"><T>System.String[]</T></TN><LST>{inner}</LST></Obj>'
    text = escape(value).replace("\r", "_x000D_").replace("\n", "_x000A_")
    return f"<S{named}>{text}</S>"


def clixml(rows):
    objects = "\r\n".join(
        f'  <Obj RefId="{number}">\r\n    <TN RefId="0"><T>X.Resource</T><T>System.Object</T></TN>\r\n'
        "    <ToString>X.Resource</ToString>\r\n    <Props>\r\n"
        + "\r\n".join(f"      {element(name, value)}" for name, value in row.items())
        + "\r\n    </Props>\r\n  </Obj>"
        for number, row in enumerate(rows, 100)
    )
    head = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
    return f"{head}\r\n{objects}\r\n</Objs>"


def text(body, name="ADFS01_x.txt"):
    return Text(name=name, text=body)


def endpoints(body):
    return list(adfs.part(document.read(text(body)), "endpoints", lambda _data: b"").values)


EXPORTS = {
    "csv": csv, "semicolon": lambda rows: csv(rows, ";"), "tab": lambda rows: csv(rows, "\t", typed=False, end="\n"),
    "clixml": clixml,
}  # fmt: skip
EVERY = pytest.mark.parametrize("export", EXPORTS)


@EVERY
def test_endpoints_are_read_with_what_they_say(export):
    body = EXPORTS[export](ENDPOINTS)
    assert likeness(text(body)) is Likeness.CERTAIN
    found = endpoints(body)
    assert [one.path for one in found] == [one["AddressPath"] for one in ENDPOINTS]
    assert [one.enabled for one in found] == [facts_pb2.TRISTATE_YES, facts_pb2.TRISTATE_NO]


@EVERY
def test_an_export_is_known_in_a_file_of_any_name_and_by_its_own_lines(export):
    body = EXPORTS[export](BINDINGS)
    [found] = recognise(text(body, "export1.dat"))
    rows = document.read(found.text)["Get-AdfsSslCertificate"]
    assert found.form == "powershell-text"
    assert [str(row["PortNumber"]) for row in rows] == ["443", "49443"]
    lines = body.replace("\r\n", "\n").split("\n")
    for row in rows:
        at = int(row.source.rpartition(":")[2])
        assert str(row["PortNumber"]) in "\n".join(lines[at - 1 : at + 7])


def test_rules_over_several_lines_and_lists_are_whole_where_the_export_has_them():
    [row] = document.read(text(clixml([TRUST])))["Get-AdfsRelyingPartyTrust"]
    assert row["Identifier"] == TRUST["Identifier"]
    assert row["IssuanceTransformRules"] == RULE
    shown = {**TRUST, "Identifier": "System.String[]", "AllowedAuthenticationClassReferences": "System.String[]"}
    [row] = document.read(text(csv([shown])))["Get-AdfsRelyingPartyTrust"]
    assert "Identifier" not in row
    assert row["IssuanceTransformRules"].split() == RULE.split()


def test_an_enumeration_is_its_name_and_what_lies_deeper_is_not_told():
    role = '<Obj N="Role" RefId="9"><TN RefId="1"><T>X.Role</T></TN><ToString>SecondaryComputer</ToString>'
    deep = '<I32>1</I32></Obj><S N="Deep">System.Collections.Generic.List`1[System.String]</S>'
    body = clixml([{"PollDuration": 300, "PrimaryComputerName": "ADFS01.fabrikam.example"}])
    body = body.replace("    </Props>", f"{role}{deep}</Props>")
    [row] = document.read(text(body))["Get-AdfsSyncProperties"]
    assert (row["Role"], row["PollDuration"]) == ("SecondaryComputer", 300)
    assert "Deep" not in row


@pytest.mark.parametrize("export", ["csv", "semicolon", "tab"])
def test_rows_behind_a_break_are_not_missing(export):
    body = EXPORTS[export](BINDINGS)
    for at in range(body.index("49443") - 20, len(body) - 3):
        found = document.read(text(body[:at])).get("Get-AdfsSslCertificate", [])
        assert [str(row["PortNumber"]) for row in found] in ([], ["443"], ["443", "49443"])
        assert len(found) == 2 or not found or {row.rest for row in found} <= {CUT, ""}
    cut = document.read(text(body[: body.index("49443") + 2]))["Get-AdfsSslCertificate"]
    assert [row.rest for row in cut] == [CUT]


def test_a_document_that_breaks_off_says_where():
    body = clixml(ENDPOINTS)
    for at in range(400, len(body) - 1, 37):
        with pytest.raises(FailedError, match="truncated"):
            document.read(text(body[:at]))


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<Objs Version="1.1.0.1" xmlns="x"><Obj RefId="0"><Props><S N="HostName">&b;</S></Props></Obj></Objs>'
)
HEAD = '<Objs Version="1.1.0.1" xmlns="x">'


@pytest.mark.parametrize(
    "body",
    [
        HEAD + BOMB, BOMB, HEAD + "<Obj>" * 100_000, HEAD + "<Obj><Props>" * 60,
        HEAD + '<!ENTITY a "b">' + "</Objs>", HEAD + "&a;</Objs>", HEAD + "<S>" + "a" * 100 + "</S></Objs>",
        HEAD + '<Obj RefId="1"><Props>' + '<Ref N="x" RefId="1" />' * 20_000 + "</Props></Obj></Objs>",
        HEAD + "".join(f'<Obj RefId="{n}"><Props>' + "".join(f'<Ref N="a{m}" RefId="{m}" />' for m in range(90))
                       + "</Props></Obj>" for n in range(90)) + "</Objs>",
    ],
    ids=range(9),
)  # fmt: skip
def test_hostile_documents_are_refused_or_read_in_no_time(body):
    begun = time.perf_counter()
    with pytest.raises(NotObservedError):
        document.read(text(body))
    assert time.perf_counter() - begun < 3


@given(st.text(max_size=200), st.integers(0, 400))
def test_no_damage_makes_it_raise_anything_else(inserted, at):
    for export in EXPORTS.values():
        body = export(BINDINGS)
        damaged = body[: at % len(body)] + inserted + body[at % len(body) :]
        likeness(text(damaged))
        try:
            document.read(text(damaged))
        except NotObservedError:
            continue


def test_other_tables_of_commas_and_other_xml_are_no_exports():
    for body in ("a,b\n1,2\n", "Name,Status\nx,y\n", "<Objects/>", "<?xml version='1.0'?><a/>", "one, two, three\n"):
        assert likeness(text(body)) is not Likeness.CERTAIN
