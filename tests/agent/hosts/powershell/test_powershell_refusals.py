"""What cmdlets say instead of answering, and what commands ask for."""

import pytest

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents import adfs, sections
from farmsight_agent.hosts.evidence.powershell import commands, document
from farmsight_agent.outcome import DeniedError, FailedError, NotApplicableError, UnavailableError
from tests.fakes.powershell_printed import error, format_list

NOT_PRIMARY = (
    "PS0033: This cmdlet cannot be executed from a secondary server in a local database farm.  The \n"
    "primary server is presently: sts01.contoso.com. To execute management cmdlets, log onto the primary server."
)
PROPERTIES = {"HostName": "sts.contoso.com", "TlsClientPort": 49443, "Identifier": "http://sts.contoso.com/adfs"}


def read(body, name="STS01_x.txt"):
    return document.read(Text(name=name, text=body))


def raised(body, name="Get-AdfsProperties"):
    with pytest.raises((DeniedError, FailedError, NotApplicableError)) as caught:
        sections.section(read(body), name)
    return caught.value


@pytest.mark.parametrize(
    ("at", "char"),
    [("At line", "char"), ("In Zeile", "Zeichen"), ("Au caractère Ligne", "Caractère"), ("発生場所 行", "文字")],
)
def test_a_secondary_refuses_in_any_language(at, char):
    refusal = error(
        "Get-AdfsProperties", NOT_PRIMARY, "OpenError: (:) [Get-AdfsProperties], X", "PS0033", at=at, char=char
    )
    found = raised("PS C:\\> Get-AdfsProperties\n" + refusal + "\nPS C:\\> \n")

    assert (type(found), found.reason, found.source) == (NotApplicableError, "not-primary", "evidence:STS01_x.txt:2")
    assert "sts01.contoso.com" in found.detail


@pytest.mark.parametrize(
    ("message", "category", "code", "reason"),
    [
        (
            "Zugriff verweigert",
            "PermissionDenied: (:) [Get-AdfsProperties], UnauthorizedAccessException",
            "x",
            "denied",
        ),
        ("MSIS7711: 0x80070005", "NotSpecified: (:) [Get-AdfsProperties], Exception", "x", "denied"),
        (
            'Die Benennung "Get-AdfsProperties" wurde nicht als Name eines Cmdlet erkannt.',
            "ObjectNotFound: (Get-AdfsProperties:String) [], CommandNotFoundException",
            "CommandNotFoundException",
            "no-such-command",
        ),
        ("Le service est arrêté.", "OpenError: (:) [Get-AdfsProperties], SqlException", "y", "command-failed"),
    ],
)
def test_why_a_cmdlet_gave_nothing(message, category, code, reason):
    found = raised(error("Get-AdfsProperties", message, category, code))
    assert found.reason == reason
    assert type(found) is (DeniedError if reason == "denied" else FailedError)


def test_the_error_of_powershell_7():
    body = "PS C:\\> Get-AdfsProperties\nGet-AdfsProperties: \nLine |\n   1 |  Get-AdfsProperties\n"
    body += "     |  ~~~~~~~~~~~~~~~~~~\n     | PS0033: This cmdlet cannot be executed from here.\nPS C:\\> \n"
    assert raised(body).reason == "not-primary"
    assert raised("Get-AdfsProperties: PS0033: This cmdlet cannot be executed here.\n").reason == "not-primary"


def test_an_error_whose_lines_a_web_page_took_apart():
    body = error("Get-AdfsProperties", NOT_PRIMARY, "OpenError: (:) [Get-AdfsProperties], X", "PS0033")
    assert raised(body.replace("\n", "  \n\n").replace("    + ", "-  ")).reason == "not-primary"


def test_a_script_s_error_is_the_cmdlet_s_that_its_line_names():
    body = error("C:\\scripts\\x.ps1", "Access", "PermissionDenied: (:) [], X", "x", command="Get-AdfsProperties | fl")
    assert raised(body).reason == "denied"


def test_what_was_answered_stands_beside_what_was_refused():
    refusal = error("Get-AdfsProperties", NOT_PRIMARY, "OpenError: (:) [Get-AdfsProperties], X", "PS0033")
    role = "LastSyncStatus : 0\nRole           : SecondaryComputer\n\n"
    found = read(refusal + role)
    [sync] = adfs.part(found, "sync", lambda _d: b"").values

    assert sync.HasField("last_status")
    with pytest.raises(NotApplicableError):
        adfs.part(found, "properties", lambda _d: b"")


def test_an_answer_that_came_at_the_second_try_stands():
    refusal = error("Get-AdfsProperties", "x", "OpenError: (:) [Get-AdfsProperties], X", "x")
    [value] = adfs.part(read(refusal + "\n" + format_list(PROPERTIES)), "properties", lambda _d: b"").values
    assert value.host_name == "sts.contoso.com"


def test_output_of_a_known_command_that_is_not_understood_is_said_so():
    found = raised("PS C:\\> Get-AdfsProperties\nnothing that we know\nPS C:\\> \n")
    assert (found.reason, found.source) == ("not-understood", "evidence:STS01_x.txt:2")


def test_a_command_that_printed_nothing_before_the_next_prompt_found_nothing():
    body = "PS C:\\> Get-WebApplicationProxyApplication\nPS C:\\> hostname\nWAP01\nPS C:\\> \n"
    assert sections.section(read(body), "Get-WebApplicationProxyApplication") == []


@pytest.mark.parametrize(
    "command",
    [
        "Get-WebApplicationProxyApplication > apps.txt",
        "Get-WebApplicationProxyApplication -Name x",
        "$a = Get-WebApplicationProxyApplication",
        "Get-WebApplicationProxyApplication | Export-Csv a.csv",
        "Get-WebApplicationProxyApplication | ? Name -eq x",
    ],
)
def test_a_command_that_shows_nothing_here_did_not_find_nothing(command):
    body = f"PS C:\\> {command}\nPS C:\\> Get-AdfsProperties\n{format_list(PROPERTIES)}"
    with pytest.raises(UnavailableError):
        sections.section(read(body), "Get-WebApplicationProxyApplication")


def test_a_command_at_the_end_of_the_text_found_nothing_that_is_known():
    with pytest.raises(FailedError, match="not-understood"):
        read("PS C:\\> Get-WebApplicationProxyApplication\n\n")


@pytest.mark.parametrize(
    ("text", "cmdlet", "picks"),
    [
        ("Get-AdfsEndpoint", "Get-AdfsEndpoint", False),
        ("get-adfsendpoint | Format-List *", "Get-AdfsEndpoint", False),
        ("Get-AdfsEndpoint | select AddressPath, Enabled, Proxy | ft -AutoSize", "Get-AdfsEndpoint", False),
        ("Get-AdfsEndpoint -AddressPath /adfs/ls/", "Get-AdfsEndpoint", True),
        ("Get-AdfsEndpoint /adfs/ls/ | fl", "Get-AdfsEndpoint", True),
        ("Get-AdfsEndpoint | Where {$_.Enabled}", "Get-AdfsEndpoint", True),
        ("Get-AdfsEndpoint | select -First 3", "Get-AdfsEndpoint", True),
        ("(Get-AdfsEndpoint)[0]", "Get-AdfsEndpoint", True),
        ("Get-AdfsEndpoint -ErrorAction Stop -Verbose", "Get-AdfsEndpoint", False),
        ("Import-Module ADFS; Get-AdfsProperties", "Get-AdfsProperties", False),
        ("Get-AzureADTrustedCertificateAuthority | fl", "Get-AzureADTrustedCertificateAuthority", False),
        ("Get-Service | ? Name -like adfs*", "", False),
    ],
)
def test_what_a_command_asks_for(text, cmdlet, picks):
    found = commands.understood(text, 1)
    assert (found.cmdlet, found.picks) == (cmdlet, picks)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("PS C:\\Windows\\system32> Get-AdfsEndpoint", "Get-AdfsEndpoint"),
        ("PS C:\\>Get-AdfsEndpoint", "Get-AdfsEndpoint"),
        ("PS Cert:\\LocalMachine\\Root> ", ""),
        ("[sts01.contoso.com]: PS C:\\Users\\x\\Documents> Get-AdfsEndpoint", "Get-AdfsEndpoint"),
        ("PS> Get-AdfsEndpoint", "Get-AdfsEndpoint"),
        ("PS /home/me> Get-MgDomain", "Get-MgDomain"),
        ("C:\\>powershell Get-AdfsEndpoint", "powershell Get-AdfsEndpoint"),
        ("  => issue(claim = c);", None),
        ("Name : a > b", None),
    ],
)
def test_prompts(line, command):
    assert commands.prompted(line) == command


def test_a_command_over_several_lines():
    body = "PS C:\\> Get-AdfsRelyingPartyTrust `\n>> -Name x |\n>> fl\n" + format_list(
        {"Name": "x", "EncryptClaims": True}
    )
    [row] = read(body)["Get-AdfsRelyingPartyTrust"]
    assert row.rest == "picked"


def test_bindings_of_a_proxy_by_the_command_that_printed_them():
    row = {"HostName": "sts.contoso.com", "PortNumber": 443, "CertificateHash": "AB" * 20}
    assert "Get-WebApplicationProxySslCertificate" in read("Get-WebApplicationProxySslCertificate\n" + format_list(row))
    assert "Get-WebApplicationProxySslCertificate" in read(
        format_list(row), "Get-WebApplicationProxySslCertificate.txt"
    )
