"""The scripts that put the agent on servers, through the grammar: what they are written in, call and never do."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.windows import cmdlets
from tests.windows.syntax import Script, every, line, text

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/windows"
INSTALL = Script(FOLDER / "Install-FarmsightAgent.ps1")
DETECT = Script(FOLDER / "Detect-FarmsightAgent.ps1")
RESOURCE = Script(FOLDER / "dsc/farmsight-agent.dsc.ps1")
PAGE = ROOT / "docs/many-servers.md"
PRODUCT = tomllib.loads((FOLDER / "msi/product.toml").read_text(encoding="utf-8"))
every_script = pytest.mark.parametrize("script", [INSTALL, DETECT, RESOURCE], ids=["install", "detect", "dsc"])

# What may be called, with the parameters that Windows PowerShell 4 gives it.
KNOWN = {
    name: set(parameters.split())
    for name, parameters in {
        "Add-Type": "namespace name memberdefinition",
        "ConvertFrom-Json": "inputobject",
        "ConvertTo-Json": "inputobject compress depth",
        "Get-Acl": "literalpath",
        "Get-AuthenticodeSignature": "literalpath",
        "Get-FileHash": "literalpath algorithm erroraction",
        "Get-Service": "name erroraction",
        "Get-Variable": "name scope valueonly",
        "Import-Csv": "literalpath delimiter",
        "Invoke-Command": "session scriptblock argumentlist erroraction",
        "Join-Path": "path childpath",
        "New-Object": "comobject",
        "New-PSSession": "computername sessionoption",
        "New-PSSessionOption": "opentimeout canceltimeout",
        "Remove-Item": "literalpath recurse force confirm",
        "Remove-PSSession": "session",
        "Set-Acl": "literalpath aclobject confirm",
        "Set-StrictMode": "off",
        "Split-Path": "path parent",
        "Start-Service": "name",
        "Start-Sleep": "milliseconds",
        "Write-Output": "",
        "Write-Progress": "activity status percentcomplete completed",
    }.items()
}
BLOCKS = {"$script:Open", "$script:Act", "$script:Drop", "$script:Check", "$script:Look", "(Get-Installer)"}
NEWER = {
    "class_statement", "enum_statement", "using_statement", "ternary_expression", "null_coalesce_expression",
    "ternary_argument_expression", "null_coalesce_argument_expression",
}  # fmt: skip


@every_script
def test_the_grammar_takes_the_whole_script(script: Script) -> None:
    assert script.faults() == []


@every_script
def test_it_is_plain_ascii_within_the_width_of_a_page(script: Script) -> None:
    assert b"\t" not in script.bytes
    assert b"\r" not in script.bytes
    assert [n for n, one in enumerate(script.text.splitlines(), 1) if len(one) > 120 or one != one.rstrip()] == []
    assert [(one.name, one.lines) for one in script.functions.values() if one.lines > 40] == []


def _newer(script: Script) -> list[str]:
    code = re.sub(r"(?s)<#.*?#>|(?m:#.*?$)|'[^'\n]*'", "", script.text)
    words = re.findall(r"\?\?|\?\.|&&|\|\||::new\(|-Parallel\b|-ToSession\b|-AsHashtable\b", code)
    return words + [text(node) for node in every(script.root, *NEWER, "&&", "||", "??", "?.")]


@every_script
def test_nothing_in_it_is_newer_than_windows_powershell_4(script: Script) -> None:
    assert _newer(script) == []
    assert {call.name for call in script.commands()} & cmdlets.LATER_THAN_4 == set()
    assert re.search(r"(?m)^#Requires -Version 4\.0$", script.text)


@pytest.mark.parametrize(
    "newer", ["$a = $b ?? 1", "$a = $b ? 1 : 2", "Get-Item x && Get-Item y", "class A { }", "$a = $b?.Length"]
)
def test_what_is_newer_would_be_seen(tmp_path: Path, newer: str) -> None:
    (tmp_path / "newer.ps1").write_text(f"#Requires -Version 4.0\n{newer}\n", encoding="ascii")
    script = Script(tmp_path / "newer.ps1")

    assert script.faults() or _newer(script)


@every_script
def test_only_known_commands_are_called_with_parameters_that_they_have(script: Script) -> None:
    for call in script.commands():
        if call.name in script.functions:
            has = set(script.functions[call.name].parameters)
            splatted = any(one.startswith("@") for one in call.positional)
            needed = {
                name
                for name, (kind, default) in script.functions[call.name].parameters.items()
                if kind in {"[hashtable]", "[object[]]"} and not default
            }
            assert set(call.named) <= has, (line(call.node), call.name)
            assert splatted or needed <= set(call.named), (line(call.node), call.name)
            assert [one for one in call.positional if not one.startswith("@")] == [], (line(call.node), call.name)
        else:
            assert call.name in KNOWN or call.name in BLOCKS, (line(call.node), call.name)
            assert call.name in BLOCKS or set(call.named) <= KNOWN[call.name], (line(call.node), call.name)


@every_script
def test_a_server_downloads_nothing_and_starts_no_program(script: Script) -> None:
    code = re.sub(r"(?s)<#.*?#>|(?m:^\s*#.*?$)", "", script.text)

    forbidden = (
        r"(?i)invoke-(webrequest|restmethod|expression)|\biwr\b|\biex\b|webclient|bitstransfer|http(s)?://|curl|ftp:"
    )
    assert re.findall(forbidden, code) == []
    assert (
        re.findall(r"(?i)start-process|msiexec|cmd\.exe|Diagnostics\.Process\b|restart-computer|shutdown", code) == []
    )
    assert re.findall(r"(?i)trustedhosts", re.sub(r"'[^'\n]*'", "", code)) == []


def test_a_token_is_no_argument_of_a_command_that_would_be_logged() -> None:
    """Module logging writes down what is bound to a cmdlet's parameters, and pipelines."""
    for call in INSTALL.commands():
        if call.name in KNOWN:
            said = " ".join([*call.named.values(), *call.positional])
            assert "Plain" not in said
            assert "Text" not in said or call.name == "Write-Progress", line(call.node)
    assert "ConvertTo-SecureString" not in re.sub(r"(?m)^\s*#.*$", "", INSTALL.text)
    assert [line(node) for node in every(INSTALL.root, "pipeline") if "|" in [c.type for c in node.children]] == []
    held = text(INSTALL.functions["Read-Rows"].node)
    assert "Token = ConvertTo-Hidden" in held
    assert INSTALL.text.count("PtrToStringBSTR") == 1


def test_the_log_of_an_installation_leaves_the_properties_out() -> None:
    flags = int(re.search(r"MsiEnableLog\((0x[0-9A-F]+),", INSTALL.text)[1], 16)

    # msi.h: INSTALLLOGMODE_PROPERTYDUMP and INSTALLLOGMODE_VERBOSE tell property values.
    assert flags & 0x400 == flags & 0x1000 == 0
    assert flags & 0x3 == 0x3


def test_the_package_tells_properties_and_the_script_gives_those() -> None:
    told = set(PRODUCT["properties"])
    given = set(re.findall(r"""['" ](COLLECTOR|TOKEN|ROLE|NAME|PROXY|PURGE)=""", INSTALL.text))
    by_name = {"Collector", "Role", "Proxy"}

    assert given | {name.upper() for name in by_name} == told
    assert "'Collector', 'Role', 'Proxy'" in text(INSTALL.functions["Get-Properties"].node)


@every_script
def test_the_product_is_found_by_the_name_that_the_package_gives_it(script: Script) -> None:
    assert f"'{PRODUCT['name']}'" in script.text
    assert rf"\{PRODUCT['folder']}\identity" in INSTALL.text.replace("'farmsight-agent\\", "'\\farmsight-agent\\")
    assert "OpenBaseKey('LocalMachine', 'Registry64')" in script.text


def test_what_is_removed_is_what_was_made() -> None:
    removed = [text(call.node) for call in INSTALL.commands() if call.name == "Remove-Item"]

    assert removed == ["Remove-Item -LiteralPath $Folder -Recurse -Force -Confirm:$false"]
    finallies = [text(node) for node in every(INSTALL.root, "finally_clause")]
    assert sum("Drop" in one for one in finallies) == 2
    assert any("Remove-PSSession" in one for one in finallies)


@pytest.mark.parametrize("script", [INSTALL, DETECT, RESOURCE], ids=["install", "detect", "dsc"])
def test_its_help_teaches_every_parameter(script: Script) -> None:
    told = dict(re.findall(r"(?ms)^\.PARAMETER (\w+)\n(.+?)(?=^\.|\Z)", script.help()))

    assert list(told) == list(script.parameters)
    assert script is RESOURCE or "[CmdletBinding(" in script.text
    for section in (".SYNOPSIS", ".DESCRIPTION", ".EXAMPLE", ".LINK"):
        assert re.search(rf"(?m)^\{section}\s*$", script.help()), section
    assert script.text.startswith("<#\n.SYNOPSIS\n")


def test_its_parameters_are_those_that_were_promised() -> None:
    assert "SupportsShouldProcess = $true" in INSTALL.text
    needed = {name for name, node in INSTALL.parameters.items() if "Mandatory = $true" in text(node)}
    assert needed == {"ComputerName", "Csv", "Local"}  # one of them: each is a set of its own
    assert "SecureString" in text(INSTALL.parameters["Token"])
    assert "PSCredential" in text(INSTALL.parameters["Credential"])
    for example in re.findall(r"(?m)^\.\\Install\S+ (.+)$", INSTALL.help()):
        assert set(re.findall(r"(?<=\s)-(\w+)", f" {example}")) <= {*INSTALL.parameters, "WhatIf"}, example


def test_the_page_names_every_parameter_and_none_that_is_not_there() -> None:
    page = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`-([A-Z]\w+)`", page))

    assert named >= set(INSTALL.parameters)
    assert named - set(INSTALL.parameters) - set(DETECT.parameters) <= {"WhatIf", "Confirm"}


def test_the_page_and_the_playbooks_know_the_product_by_what_the_package_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    role = (ROOT / "deploy/ansible/roles/farmsight_agent/vars/main.yml").read_text(encoding="utf-8")

    assert f"`{PRODUCT['upgrade_code']}`" in page
    assert f"`HKEY_LOCAL_MACHINE\\{PRODUCT['registry']}`" in page
    assert f"farmsight_agent_windows_key: HKLM:\\{PRODUCT['registry']}\n" in role
    assert f"farmsight_agent_windows_state: C:\\ProgramData\\{PRODUCT['folder']}\n" in role
