"""The DSC v3 resource's manifest, held against the rules of the published schema that bear on it.

The rules are those of the bundled schema v3 of resource manifests, in words of
our own: what is required, which words there are, and what an embedded schema
must refer to for the standard properties.
"""

import json
import re
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "deploy/windows/dsc"
MANIFEST = FOLDER / "farmsight-agent.dsc.resource.json"
URI = re.compile(
    r"https://(aka\.ms/dsc|raw\.githubusercontent\.com/PowerShell/DSC/main)/schemas/v3(\.[01](\.[0-2])?)?/"
    r"(bundled/)?resource/manifest(\.vscode)?\.json"
)
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
COMMANDS = {
    "get": {"executable", "args", "input"},
    "set": {"executable", "args", "input", "implementsPretest", "handlesExist", "return"},
    "test": {"executable", "args", "input", "return"},
    "delete": {"executable", "args", "input"},
    "export": {"executable", "args", "input"},
    "validate": {"executable", "args", "input"},
    "whatIf": {"executable", "args", "input", "implementsPretest", "handlesExist", "return"},
}
KEYS = {*COMMANDS, "$schema", "type", "version", "description", "kind", "tags", "exitCodes", "schema"}
STANDARD = {"_exist": "exist", "_inDesiredState": "inDesiredState", "_rebootRequested": "rebootRequested"}


def faults(manifest: dict) -> list[str]:
    """What the schema of manifests would not take."""
    found = [f"unknown key {key}" for key in set(manifest) - KEYS]
    found += [f"{key} is missing" for key in ("$schema", "type", "version", "get", "schema") if key not in manifest]
    rules = {"$schema": URI, "type": re.compile(r"\w+(\.\w+){0,3}/\w+"), "version": SEMVER}
    found += [key for key, rule in rules.items() if not rule.fullmatch(manifest.get(key, ""))]
    if manifest.get("kind", "resource") not in {"resource", "adapter", "group", "importer", "exporter"}:
        found.append("kind")
    tags = manifest.get("tags", [])
    if len(set(tags)) != len(tags) or not all(re.fullmatch(r"\w+", tag) for tag in tags):
        found.append("tags")
    if not all(re.fullmatch(r"-?[0-9]+", code) for code in manifest.get("exitCodes", {})):
        found.append("exitCodes")
    for name in set(COMMANDS) & set(manifest):
        found += [f"{name}: {fault}" for fault in _of_command(manifest[name], COMMANDS[name])]
    return found + _of_instance(manifest.get("schema", {}), manifest)


def _of_command(command: dict, known: set[str]) -> list[str]:
    found = [f"unknown {key}" for key in set(command) - known]
    if not isinstance(command.get("executable"), str):
        found.append("executable")
    arguments = [one for one in command.get("args", []) if not isinstance(one, str)]
    if any(set(one) - {"jsonInputArg", "mandatory"} or "jsonInputArg" not in one for one in arguments):
        found.append("args")
    # Input by one way at least, and by one argument at most.
    if command.get("input") not in {None, "stdin", "env"} or len(arguments) > 1:
        found.append("input")
    if command.get("input") is None and not arguments:
        found.append("no input")
    if command.get("return", "state") not in {"state", "stateAndDiff"}:
        found.append("return")
    return found


def _of_instance(schema: dict, manifest: dict) -> list[str]:
    if len({"command", "embedded"} & set(schema)) != 1:
        return ["schema: either command or embedded"]
    embedded = schema.get("embedded", {})
    found = [f"schema: {key}" for key in ("$schema", "type", "properties") if not embedded.get(key)]
    if embedded.get("type") != "object" or "json-schema.org" not in embedded.get("$schema", ""):
        found.append("schema: dialect")
    properties = embedded.get("properties", {})
    for name, file in STANDARD.items():
        reference = f"https://aka.ms/dsc/schemas/v3/resource/properties/{file}.json"
        if name in properties and properties[name] != {"$ref": reference}:
            found.append(f"{name} must be the standard property, and nothing beside it")
    if ("test" in manifest) != ("_inDesiredState" in properties):
        found.append("_inDesiredState goes with a test of the resource's own")
    return found


def _manifest() -> dict:
    return json.loads(MANIFEST.read_text(encoding="utf-8"))


def test_the_manifest_is_what_dsc_takes() -> None:
    assert faults(_manifest()) == []
    assert MANIFEST.name.endswith(".dsc.resource.json")  # by which DSC finds it on the PATH


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"type": "FarmsightAgent"}, "type"),
        ({"version": "1"}, "version"),
        ({"$schema": "https://example.com/manifest.json"}, "$schema"),
        ({"manifestVersion": "1.0"}, "unknown key manifestVersion"),
        ({"tags": ["ad fs"]}, "tags"),
        ({"get": {"executable": "x"}}, "get: no input"),
        ({"test": {"executable": "x", "input": "file"}}, "test: input"),
        ({"schema": {"embedded": {"type": "object"}}}, "schema: properties"),
    ],
)  # fmt: skip
def test_a_manifest_that_dsc_would_refuse_is_seen(change: dict, fault: str) -> None:
    assert fault in faults({**_manifest(), **change})


def test_each_command_runs_the_script_beside_it_with_its_own_verb() -> None:
    for verb in ("get", "test", "set"):
        command = _manifest()[verb]
        assert command["executable"] == "powershell"
        assert command["input"] == "stdin"
        assert command["args"][-2:] == ["-Command", f"$Input | ./farmsight-agent.dsc.ps1 {verb}"]
        assert "-NonInteractive" in command["args"]
    assert (FOLDER / "farmsight-agent.dsc.ps1").exists()
    assert _manifest()["set"]["implementsPretest"] is True
    assert _manifest()["set"]["handlesExist"] is True


def test_no_token_can_be_written_into_a_configuration() -> None:
    embedded = _manifest()["schema"]["embedded"]

    assert embedded["additionalProperties"] is False
    assert "token" not in embedded["properties"]
    secret = {name for name, one in embedded["properties"].items() if one.get("writeOnly")}
    assert secret == {"msiPath", "sha256", "collector", "role", "tokenFile", "proxy", "purge"}


def test_the_example_is_an_instance_of_the_resource() -> None:
    document = yaml.safe_load((FOLDER / "example.dsc.config.yaml").read_text(encoding="utf-8"))
    (one,) = document["resources"]
    properties = _manifest()["schema"]["embedded"]["properties"]

    assert one["type"] == _manifest()["type"]
    assert set(one["properties"]) <= set(properties)
    for name, value in one["properties"].items():
        assert re.fullmatch(properties[name].get("pattern", ".*"), value), name
        assert value in properties[name].get("enum", [value])
    assert re.fullmatch(r"https://aka\.ms/dsc/schemas/v3/bundled/config/document\.json", document["$schema"])
