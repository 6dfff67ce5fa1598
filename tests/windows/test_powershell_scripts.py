"""The scripts that the agent hands to PowerShell, read through the grammar and evaluated where they are pure."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from farmsight_agent.hosts.windows.cmdlets import ADFS, WAP
from farmsight_agent.hosts.windows.programs.powershell_text import script, told
from tests.windows import cmdlets as known
from tests.windows.dotnet import Thing
from tests.windows.evaluator import Evaluator
from tests.windows.syntax import Script, every, text, unquoted

FOLDER = Path(__file__).parents[2] / "agent/farmsight_agent/hosts/windows/programs/scripts"
COLLECTION = Script(Path(__file__).parents[2] / "deploy/windows/Collect-FarmsightEvidence.ps1")
ROLES = {"adfs": ADFS, "wap": WAP}
# All that may be called, with the parameters that version 4 has. Nothing of it writes but to the screen.
READING = {
    "ConvertTo-Json": {"inputobject", "depth", "compress"},
    "Get-ChildItem": {"literalpath"},
    "Get-CimInstance": {"namespace", "classname"},
    "Import-Module": {"name"},
    "New-Object": {"typename", "argumentlist"},
    "Select-Object": {"property"},
    "Set-StrictMode": {"off"},
    "Where-Object": {"filterscript"},
    "Get-AdfsClaimsProviderTrust": {"identifier"},
    "Get-AdfsRelyingPartyTrust": {"identifier"},
    **{name: set() for name in known.ROLES if name not in {"Get-AdfsClaimsProviderTrust", "Get-AdfsRelyingPartyTrust"}},
}
# Methods of texts and times, which Constrained Language allows; of other objects none are called.
METHODS = {".Contains", ".Replace", ".ToUniversalTime", ".ToString", "regex::Matches"}


@pytest.fixture(scope="module", params=["adfs", "wap"])
def whole(request, tmp_path_factory) -> tuple[str, Script]:
    """The script of a role as it is handed over."""
    path = tmp_path_factory.mktemp("scripts") / f"{request.param}.ps1"
    path.write_text(script(request.param), encoding="ascii")
    return request.param, Script(path)


def _blocks(held: Script) -> dict[str, str]:
    """The code of each section, by its name."""
    calls = [call for call in held.commands() if call.name == "Write-Section"]
    return {unquoted(call.named["name"]): call.named["read"] for call in calls}


def test_the_grammar_takes_it(whole) -> None:
    assert whole[1].faults() == []
    assert "\t" not in whole[1].text
    assert all(len(line) <= 120 and line == line.rstrip() for line in whole[1].text.splitlines())


def test_there_are_no_scripts_but_these() -> None:
    assert {one.name for one in FOLDER.iterdir()} == {"common.ps1", "adfs.ps1", "wap.ps1"}


def test_only_listed_commands_are_called_with_parameters_that_they_have(whole) -> None:
    held = whole[1]
    for call in held.commands():
        if call.name == "$Read":
            continue  # a section's own block
        allowed = READING.get(call.name)
        if allowed is None:
            allowed = set(held.functions[call.name].parameters)
        assert set(call.named) <= allowed, (call.name, call.named)
        assert not call.positional, (call.name, call.positional)


def test_only_methods_of_texts_and_times_are_called_and_nothing_is_set(whole) -> None:
    held = whole[1]
    called = {
        name for name, node in held.members() if node.type == "invokation_expression" and not name.startswith("Console")
    }
    assert called <= METHODS
    assert {name for name, _ in held.members()} & known.FORBIDDEN == set()
    assigned = [text(node.children[0]) for node in every(held.root, "assignment_expression")]
    assert {one for one in assigned if not re.fullmatch(r"\$\w+", one)} == {"[Console]::OutputEncoding"}


def test_nothing_in_it_is_newer_than_windows_powershell_4(whole) -> None:
    held = whole[1]
    newer = {"class_statement", "enum_statement", "using_statement", "ternary_expression", "null_coalesce_expression"}
    assert [text(node) for node in every(held.root, *newer)] == []
    assert not [node for node in every(held.root) if node.type in {"&&", "||"}]
    assert "::new" not in held.text
    assert {call.name for call in held.commands()} & known.LATER_THAN_4 == set()


def test_the_sections_are_those_that_the_parts_are_made_of(whole) -> None:
    role, held = whole

    assert set(_blocks(held)) == set(ROLES[role].sections)


def test_each_section_asks_the_cmdlet_that_it_is_called_after(whole) -> None:
    for name, block in _blocks(whole[1]).items():
        if name.startswith("Get-"):
            assert re.search(rf"\b{name}\b", block), name


def test_each_section_selects_by_name(whole) -> None:
    for name, block in _blocks(whole[1]).items():
        assert "Select-Object -Property" in block, name
        assert not re.search(r"Property\s+\*", block), name


def test_trusts_are_asked_for_by_identifier() -> None:
    for call in Script(FOLDER / "adfs.ps1").commands():
        if call.name.endswith("Trust"):
            assert unquoted(call.named["identifier"]) in {"AD AUTHORITY", "urn:federation:MicrosoftOnline"}


@pytest.mark.parametrize("table", ["$AdfsReads", "$WapReads"])
def test_the_collection_script_selects_the_same_properties(table: str) -> None:
    """One mapping reads both: a property that one of them lacks would be unknown on one way only."""
    own = _blocks(Script(FOLDER / ("adfs.ps1" if "Adfs" in table else "wap.ps1")))
    given_otherwise = {"ArtifactDbConnection": "ConfigurationDatabase"}  # told there by the reader, here on the spot
    for section, node in COLLECTION.entries(table).items():
        if section not in own:
            assert section == "Get-WebApplicationProxySslCertificate"  # natively those are read from http.sys
            continue
        (call,) = [one for one in COLLECTION.commands(node) if one.name == "Select-Object"]
        for name in re.findall(r"'(\w+)'", call.named["property"]):
            assert f"'{given_otherwise.get(name, name)}'" in own[section], (section, name)


def test_no_secret_and_no_key_is_selected(whole) -> None:
    held = whole[1]

    assert set(re.findall(r"\w*PrivateKey\w*", held.text)) <= {"HasPrivateKey"}
    for block in _blocks(held).values():
        selected = " ".join(re.findall(r"'(\w+)'", block))
        assert not re.search(r"(?i)connection|secret|password|credential(?!Type)", selected)
    assert not re.search(r"(?i)invoke-|\biex\b|encodedcommand|download|add-type|start-process", held.text)


# -- pure functions, evaluated


@pytest.fixture(scope="module")
def common() -> Evaluator:
    def matches(letters: str, pattern: str) -> list[Thing]:
        return [Thing(Value=one) for one in re.findall(pattern, letters)]

    return Evaluator(Script(FOLDER / "common.ps1"), {"regex::Matches": matches})


@pytest.mark.parametrize("name", ["STS01", "Zürich", "東京", "ä Ä ä"])
def test_names_are_told_in_ascii_and_read_back(common: Evaluator, name: str) -> None:
    line = json.dumps({"Get-AdfsProperties": {"HostName": name}}, ensure_ascii=False)
    ascii_only = common.call("ConvertTo-Ascii", Text=line)

    assert ascii_only.isascii()
    assert told(ascii_only.encode("cp437")).sections["Get-AdfsProperties"]["HostName"] == name


def test_times_are_utc_as_iso_8601_has_it(common: Evaluator) -> None:
    at = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    assert common.call("ConvertTo-Instant", Time=at) == "2026-11-23T10:00:00Z"
    assert common.call("ConvertTo-Instant", Time=datetime(1, 1, 1, tzinfo=UTC)) is None
    assert common.call("ConvertTo-Instant", Time=None) is None
    assert common.call("ConvertTo-Instant", Time="gestern") == "gestern"


def test_lists_are_words(common: Evaluator) -> None:
    assert common.call("ConvertTo-Words", Value=["A", None, 2]) == [["A", "2"]] or common.call(
        "ConvertTo-Words", Value=["A", None, 2]
    ) == ["A", "2"]


def test_a_proxys_password_stays_there(common: Evaluator) -> None:
    assert common.call("ConvertTo-Secretless", Text="http://jane:pw@proxy:8080") == "http://***@proxy:8080"
    assert common.call("ConvertTo-Secretless", Text="http://proxy:8080") == "http://proxy:8080"
