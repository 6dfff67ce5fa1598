"""The store's history tells which change came before a finding, as of any instant."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest

from farmsight_collector.cli.findings_output import finding_json, print_findings
from farmsight_collector.cli.output import Output
from farmsight_collector.ingest.apply import Incoming, apply_reports
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.queries import findings
from farmsight_collector.queries.evaluated import evaluated
from farmsight_collector.queries.preceded import first_changes, with_first_changes
from farmsight_collector.rules.engine import evaluate
from farmsight_collector.rules.rule import EVERY, Holds, Rule, Severity
from farmsight_collector.store.turns import Asked, turns
from farmsight_wire.v1 import query_pb2
from tests.fakes.incoming import EPOCH, START, enrolled, full

FARM = "sts.contoso.com"
MINUTE = timedelta(minutes=1)


def too_large(_farm, server):
    for held in server.need("schannel-setting"):
        if held.value.number > 5:
            yield Holds(subject=held.key, servers=(server.name,), title="too large", evidence=(held,))


def absent(_farm, server):
    if not any(held.key == "A" for held in server.need("schannel-setting")):
        yield Holds(subject="A", servers=(server.name,), title="A is not set")


def made(check) -> Rule:
    return Rule(code="tls.made-up", catalogue=("TLS-01",), severity=Severity.ERROR, roles=EVERY, what="", why="",
                reads=("schannel-setting",), remedy="", source="", on_server=check)  # fmt: skip


@pytest.fixture
def history(store):
    """A WAP whose settings are told each minute."""

    def told(*states, each=MINUTE):
        agent = enrolled(store, server="WAP01")
        for number, state in enumerate(states):
            at = START + number * each
            report = full(number + 1, state, at)
            with store.write() as connection:
                apply_reports(connection, [Incoming(agent=agent, epoch=EPOCH, report=report, at=at, received=at)])
        return START + (len(states) - 1) * each

    return told


def asked(store, check, at, opened=None):
    with store.read() as connection:
        view = farm_as_of(connection, FARM, at)
        evaluation = evaluate(view, (made(check),))
        watched = dict.fromkeys((one.id for one in evaluation.findings), opened) if opened else {}
        found = first_changes(connection, FARM, evaluation, lambda then: farm_as_of(connection, FARM, then), watched)
        return [one.first_change for one in found.findings]


def test_the_value_that_changed_is_told_as_of_now_and_of_then(store, history):
    end = history({"A": 1}, {"A": 9}, {"A": 9, "B": 1}, {"A": 7, "B": 1})

    for at in (end, START + MINUTE, START + 2 * MINUTE):
        (change,) = asked(store, too_large, at)
        assert (change.server, change.key, change.at, change.text) == ("WAP01", "A", START + MINUTE, "number: 1 -> 9")


def test_absence_is_dated_by_what_vanished(store, history):
    (change,) = asked(store, absent, history({"A": 1, "B": 1}, {"B": 1}, {"B": 2}))

    assert (change.key, change.at, change.text) == ("A", START + MINUTE, "gone: 1")


def test_what_was_so_when_it_was_first_looked_at_did_not_change(store, history):
    assert asked(store, too_large, history({"A": 9}, {"A": 9, "B": 1})) == [None]


def test_a_finding_that_was_watched_is_looked_back_for_from_where_it_opened(store, history):
    """However much has changed since then."""
    many = [{"A": 9, "B": number % 2} for number in range(40)]
    end = history({"A": 1, "B": 1}, {"A": 9, "B": 1}, *many)

    (change,) = asked(store, too_large, end, opened=START + MINUTE + timedelta(seconds=1))
    assert change.at == START + MINUTE
    assert asked(store, too_large, end) == [None]  # without that, it is more than is looked back over


def test_an_agent_that_was_away_when_it_happened_tells_what_turned_meanwhile(store, history):
    end = history({"A": 1, "B": 1}, {"B": 1}, each=timedelta(minutes=40))

    (change,) = asked(store, absent, end)
    assert (change.key, change.at) == ("A", end)


def test_what_happened_in_many_days_without_sight_has_no_first_change(store, history):
    assert asked(store, absent, history({"A": 1, "B": 1}, {"B": 1}, each=timedelta(days=9))) == [None]


def test_a_turn_is_told_once_with_what_was_and_what_is(store, history):
    end = history({"A": 1, "B": 1}, {"A": 2}, {"A": 2, "C": 3})
    with store.read() as connection:
        question = Asked(farm=FARM, kinds=frozenset({"schannel-setting"}), begin=START - MINUTE, end=end)
        found = turns(connection, question, limit=100)
        few = turns(connection, replace(question, begin=START + 2 * MINUTE), limit=100)

    assert [(one.key, one.before is None, one.after is None) for one in found] == [
        ("C", True, False),
        ("A", False, False),
        ("B", False, True),
    ]
    assert few == []


def test_the_findings_of_a_farm_carry_it_to_who_asks(store, history, monkeypatch):
    monkeypatch.setattr("farmsight_collector.queries.evaluated.RULES", (made(too_large),))
    end = history({"A": 0}, {"A": 9})
    with store.read() as connection:
        picture = with_first_changes(connection, evaluated(connection, FARM, end))
        answered = findings.answer(picture, query_pb2.ListFindingsRequest())

    shown = finding_json(answered.findings[0])["first_change"]
    assert shown == {
        "server": "WAP01",
        "kind": "schannel-setting",
        "context": None,
        "key": "A",
        "at": "2026-11-01T08:01:00Z",
        "text": "number: 0 -> 9",
    }
    stream = io.StringIO()
    print_findings(Output(stream, width=200), answered, details=False)
    assert "first change: 2026-11-01T08:01:00Z WAP01 schannel-setting A: number: 0 -> 9" in stream.getvalue()
