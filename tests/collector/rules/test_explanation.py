"""What is said of a rule, and what a mistyped code may have meant."""

import pytest

from farmsight_collector.errors import NotFoundError
from farmsight_collector.queries import explain
from farmsight_collector.rules.catalogue import BY_CODE, RULES
from farmsight_collector.rules.entries import ENTRIES
from farmsight_collector.rules.explanation import how, looked_up, meant, parts
from farmsight_wire.v1 import query_pb2


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_a_rule_is_explained_whole(rule) -> None:
    said = {part.head: part for part in parts(rule)}

    assert {
        "what",
        "why",
        "found by",
        "remedy",
        "check first",
        "to undo",
        "roles",
        "catalogue",
        "source",
    } <= said.keys()
    assert "seen as" in said
    assert len(how(rule)) > 15
    assert not how(rule).startswith("Yield")


def test_the_limits_and_both_ends_of_an_explanation_are_there() -> None:
    said = {part.head: part.text for part in parts(BY_CODE["crl.slow"])}

    assert "15 s (ChainUrlRetrievalTimeoutMilliseconds" in said["limits"]
    assert "crl.too-large" in said["symptom of"]
    assert "entra.crl-beyond-limits" in said["cause of"]


@pytest.mark.parametrize(("wanted", "first"), [("STORE-03", "store.issuing-ca-missing"), ("crl-04", "crl.expired")])
def test_an_entry_of_the_catalogue_leads_to_its_rules(wanted: str, first: str) -> None:
    rules, entry = looked_up(wanted)

    assert entry is not None
    assert first in [rule.code for rule in rules]


def test_an_entry_that_no_fact_shows_says_why() -> None:
    unseen = next(entry for entry in ENTRIES.values() if entry.unseen)

    response = explain.answer(query_pb2.ExplainRequest(code=unseen.id))

    assert list(response.rules) == []
    assert (response.entry.unseen, response.entry.instead) == (unseen.unseen, unseen.instead)


def test_nothing_means_all_and_a_theme_means_its_rules() -> None:
    assert len(looked_up("")[0]) == len(RULES)
    assert {rule.code.partition(".")[0] for rule in looked_up("crl.")[0]} == {"crl"}


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("crl.expird", "crl.expired"),
        ("store.isuing-ca-missing", "store.issuing-ca-missing"),
        ("http.negotiate_off", "http.negotiate-off"),
        ("networc", "network"),
        ("slow", "crl.slow"),
        ("STOR-03", "STORE-03"),
    ],
)
def test_a_mistyped_code_is_guessed(typed: str, near: str) -> None:
    assert near in meant(typed)
    with pytest.raises(NotFoundError, match=near):
        explain.answer(query_pb2.ExplainRequest(code=typed))


def test_what_resembles_nothing_is_not_guessed() -> None:
    assert meant("qqqqqq") == ()
    with pytest.raises(NotFoundError):
        explain.answer(query_pb2.ExplainRequest(code="qqqqqq"))


def test_the_answer_over_the_wire_says_the_same() -> None:
    (text,) = explain.answer(query_pb2.ExplainRequest(code="crl.slow")).rules

    assert (text.check, text.undo) == (BY_CODE["crl.slow"].check, BY_CODE["crl.slow"].undo)
    assert text.symptoms
    assert len(text.limits) == 3
    assert "crl.too-large" in text.explained_by
