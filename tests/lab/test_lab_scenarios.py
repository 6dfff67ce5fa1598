"""Scenario files: all of them can be planted, and what is wrong in one is said in full."""

from datetime import UTC, datetime

import pytest

from farmsight_collector.rules.catalogue import BY_CODE
from farmsight_lab import scenario
from farmsight_lab.farm.healthy import healthy
from farmsight_lab.faults.catalogue import KINDS
from farmsight_lab.faults.fault import REQUIRED, FaultError, read_fault
from farmsight_lab.pki.hierarchy import make
from farmsight_lab.scenario import ScenarioError, load, packaged, parse

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def pki():
    return make(NOW)


def test_there_are_the_scenarios_that_the_readme_speaks_of():
    assert {"healthy", "demo", "unknown", "certauth"} <= set(packaged())

    assert len(packaged()) >= 25


@pytest.mark.parametrize("name", packaged())
def test_a_packaged_scenario_can_be_planted_and_expects_codes_that_rules_have(name, pki):
    chosen = load(name)

    chosen.farm(pki, NOW)

    assert chosen.name == name
    assert chosen.description
    assert {one.code for one in chosen.expected} | set(chosen.also) <= set(BY_CODE)


@pytest.mark.parametrize("name", ["healthy", "certauth", "unknown"])
def test_a_scenario_in_which_nothing_is_known_to_be_wrong_expects_nothing(name):
    assert load(name).expected == ()


def test_planting_does_not_touch_the_farm_that_the_next_scenario_gets(pki):
    load("demo").farm(pki, NOW)

    found, right = load("healthy").farm(pki, NOW), healthy(pki, NOW)
    assert (found.servers, found.entra) == (right.servers, right.entra)


def test_all_that_is_wrong_in_a_scenario_is_said_at_once():
    text = """
        mode = "8443"
        colour = "red"
        [[faults]]
        fault = "crl-expired"
        ca = "issuing-9"
        servers = ["WAP09"]
        since = 3
        [[faults]]
        fault = "gremlins"
        [[expected]]
        servers = ["WAP01"]
    """
    with pytest.raises(ScenarioError) as told:
        parse(text.encode(), "mine")

    said = str(told.value)
    for part in ("8443", "colour", "issuing-9", "WAP09", "'since'", "gremlins", "expected 1: code is missing"):
        assert part in said


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"fault": "no-route"}, "servers must name at least one"),
        ({"fault": "wap-health", "servers": ["STS01"]}, "STS01 can't have it"),
        ({"fault": "tenant-ca-missing", "servers": ["STS01"]}, "takes no servers"),
        ({"fault": "slow", "seconds": "six"}, "must be a float"),
        ({"fault": "certificate-missing", "servers": ["WAP01"]}, "store is missing"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_the_reason(table, said):
    with pytest.raises(FaultError, match=said):
        read_fault(KINDS, table)


def test_a_fault_that_finds_nothing_to_spoil_says_so(pki):
    table = b'[[faults]]\nfault = "certificate-missing"\nservers = ["WAP01"]\nstore = "NTAuth"\ncertificate = "root"'

    with pytest.raises(ScenarioError, match="NTAuth"):
        parse(table, "mine").farm(pki, NOW)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_fault_says_what_it_is_and_what_its_parameters_are(kind):
    assert kind.what
    for parameter in kind.parameters:
        assert parameter.what
        if parameter.choices and parameter.default is not REQUIRED:
            assert parameter.default in parameter.choices or kind.name == "crl-revokes"


def test_a_scenario_of_ones_own_is_taken_by_path(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('description = "mine"\n[[faults]]\nfault = "plus-refused"\n', encoding="utf-8")

    assert load(str(file)).name == "mine"
    with pytest.raises(ScenarioError, match="No such file"):
        load(str(tmp_path / "other.toml"))


def test_bytes_that_are_no_toml_are_refused():
    with pytest.raises(ScenarioError, match="not TOML"):
        scenario.parse(b"\xff\xfe", "mine")
