"""The reference of the hops says what the code does."""

import json
from pathlib import Path

import pytest

from farmsight_collector.rules.catalogue import RULES
from farmsight_collector.signin.meanings import MEANINGS
from farmsight_collector.signin.reference import reference
from farmsight_collector.signin.registry import ASKED, learning
from farmsight_collector.signin.symptoms import BY_ENTRY, BY_HOP, symptom
from farmsight_collector.signin.trace import HOPS

REPOSITORY = Path(__file__).parents[3]


def test_the_reference_is_what_the_hops_say() -> None:
    committed = (REPOSITORY / "docs" / "trace.md").read_text(encoding="utf-8")

    assert committed == reference(), "docs/trace.md is stale: run 'make rules'"


def test_each_hop_of_the_schema_has_a_meaning_a_symptom_and_a_way_to_learn_it() -> None:
    assert list(MEANINGS) == list(HOPS)
    assert set(BY_HOP) == set(HOPS)
    assert all(learning(hop) for hop in HOPS)


def test_findings_that_decide_are_codes_of_rules() -> None:
    codes = {rule.code for rule in RULES}

    assert {code for one in ASKED for code in one.proofs} <= codes


def test_entries_with_symptoms_of_their_own_are_entries_of_the_catalogue() -> None:
    assert set(BY_ENTRY) <= {entry for rule in RULES for entry in rule.catalogue}


@pytest.mark.parametrize("seen", [*BY_HOP.values(), *BY_ENTRY.values()], ids=[*BY_HOP, *BY_ENTRY])
def test_each_symptom_says_where_it_is_from_and_marks_belief(seen) -> None:
    assert seen.user
    assert seen.source
    if "belief" in seen.source:
        assert "probably" in json.dumps([seen.user, seen.administrator])


def test_the_entry_tells_more_than_the_hop() -> None:
    own, general = symptom("wap-revocation", ("CRL-33",)), symptom("wap-revocation", ("CRL-99",))

    assert own is BY_ENTRY["CRL-33"]
    assert general is BY_HOP["wap-revocation"]
    assert symptom("nothing", ()) is None


# What rules read that is the server's own: stores, fetches and looks are kept apart, and the rest is the farm's.
APART = {"store-certificate", "retrieval", "chain-verdict", "given-certificate", "tls-endpoint", "event"}


@pytest.mark.parametrize("one", [one for one in ASKED if one.proofs], ids=lambda one: f"{one.hop} {one.context or ''}")
def test_a_hop_reads_what_the_findings_that_decide_it_stand_on(one) -> None:
    read = {kind for rule in RULES if rule.code in one.proofs for kind in rule.reads} - APART
    local = {kind for kind in read if not kind.startswith(("adfs-", "entra-"))}

    assert local <= {*one.reads}, f"{one.hop} would pass where these are lost: {local - set(one.reads)}"
