"""Real outputs of cmdlets as text, read as a person would read them, and as consoles and editors alter them."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.powershell.forms import FORMS

_spec = importlib.util.spec_from_file_location("powershell_golden", Path(__file__).with_name("golden.py"))
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)

ALTERED = {
    "ends of lines of DOS": lambda text: text.replace("\n", "\r\n"),
    "mixed ends of lines": lambda text: re.sub(r"(?<=[a-z])\n(?=[A-Za-z])", "\r", text.replace("\n", "\r\n", 3)),
    "no-break spaces": lambda text: text.replace(" : ", "\u00a0: ").replace("   ", "\u00a0 \u00a0"),
    "blanks behind every line": lambda text: text.replace("\n", "  \n"),
    "a byte order mark": lambda text: "\ufeff" + text,
    "colours": lambda text: text.replace("Name ", "\x1b[32;1mName \x1b[0m"),
    "the layout's blank lines around it": lambda text: text + "\n\n",
    "a prompt behind it": lambda text: text + "\nPS C:\\Windows\\system32> \n",
}


@pytest.mark.parametrize("path", golden.captures(), ids=lambda path: path.stem)
def test_a_capture_says_what_it_says(path):
    assert golden.seen(path) == json.loads(golden.expectation(path).read_text())


@pytest.mark.parametrize("altered", ALTERED)
@pytest.mark.parametrize("path", golden.captures(), ids=lambda path: path.stem)
def test_a_capture_says_the_same_however_it_was_saved(path, altered):
    text = ALTERED[altered](path.read_text())
    found = golden.of(Text(name=path.name, text=text))

    assert found == json.loads(golden.expectation(path).read_text())


@pytest.mark.parametrize("path", golden.captures(), ids=lambda path: path.stem)
def test_a_capture_is_told_by_its_structure_alone(path):
    likeness = [form.likeness(Text(name="x.txt", text=path.read_text())) for form in FORMS]

    assert min(likeness) == Likeness.NO
    assert max(likeness) >= Likeness.LIKELY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "\nSSL Certificate bindings:\n-------------------------\n\n    IP:port                 : 0.0.0.0:443\n",
        "================ Zertifikat 0 ================\nSeriennummer: 0A\nAussteller: CN=x\nNameHash : 00\n",
        "Host Name:                 STS01\nOS Name:                   Microsoft Windows Server 2019\n",
        "Dear colleague,\n\nthe service : it does not run.\n",
        "Status   Name     DisplayName\n------   ----     -----------\nRunning  W32Time  Windows Time\n",
    ],
)
def test_what_no_cmdlet_of_ours_printed_is_not_taken_for_one(text):
    assert [form.likeness(Text(name="x.txt", text=text)) for form in FORMS] <= [Likeness.RESEMBLES, Likeness.NO]
    assert golden.of(Text(name="x.txt", text=text))["reason"] == "not-understood"


@pytest.mark.parametrize(
    "name",
    ["STS01_authprovider.txt", "STS01_claimstrust.txt", "STS01_rptrust.txt", "entra_trustedca.txt",
     "entra_federation_contoso.com.txt", "Get-AdfsSslCertificate.txt", "STS01_Get-AdfsEndpoint_2024.log"],
)  # fmt: skip
def test_files_are_named_as_the_article_and_the_trace_collector_name_them(name):
    assert FORMS[0].named.search(name)


@pytest.mark.parametrize(
    ("line", "echoed"),
    [
        ("Get-AdfsAuthenticationProvider:", True),
        ('Get-AdfsClaimsProviderTrust -Name "Active Directory"', True),
        ("(Get-AdfsProperties).TlsClientPort", True),
        ("Import-Module ADFS; get-adfsproperties | fl", True),
        ("PS C:\\> Get-WebApplicationProxyHealth", True),
        ("Get-AdfsProperties : PS0033: This cmdlet cannot be executed from a secondary server", False),
        ("+ Get-AdfsProperties", False),
        ("    + CategoryInfo          : ObjectNotFound: (Get-AdfsProperties:String) []", False),
        ("Get-Service adfssrv", False),
    ],
)
def test_an_echoed_command_is_told_from_an_error_that_begins_with_its_name(line, echoed):
    assert bool(FORMS[0].echoed.search(line)) is echoed
