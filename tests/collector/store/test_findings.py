"""Findings open, change, stay open while nobody can tell, and close."""

from dataclasses import replace
from datetime import datetime, timedelta

from farmsight_collector.queries.messages import stored_finding
from farmsight_collector.rules.engine import Evaluation, Unknown, evaluate
from farmsight_collector.rules.rule import EVERY, CannotTell, Holds, Remedy, Rule, Severity
from farmsight_collector.store.engine import Store
from farmsight_collector.store.findings import FindingChange, findings_as_of, findings_between, reconcile
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import FARM, NOW, fact, farm, server

HOUR = timedelta(hours=1)
BEGAN = NOW - timedelta(days=3)  # of the evidence
EVIDENCE = fact(facts_pb2.SchannelSetting(name="A", number=1), "A")
SERVER = server("WAP01", "wap", EVIDENCE)


def rule(*holds: Holds) -> Rule:
    return Rule(
        code="tls.made-up",
        catalogue=("TLS-01",),
        severity=Severity.ERROR,
        roles=EVERY,
        reads=("schannel-setting",),
        what="what",
        why="why",
        remedy="remedy",
        source="source",
        on_farm=lambda _farm: holds,
    )


def holds(subject: str = "A", title: str = "title", *servers: str) -> Holds:
    evidence = SERVER.facts["schannel-setting"]
    return Holds(subject=subject, servers=servers or ("WAP01",), title=title, evidence=evidence)


def judged(*found: Holds, unknown: tuple[CannotTell, ...] = ()) -> Evaluation:
    told = evaluate(farm(SERVER), [rule(*found)])
    return Evaluation(
        farm=FARM,
        as_of=NOW,
        findings=told.findings,
        unknown=tuple(Unknown(code="tls.made-up", verdict=one) for one in unknown),
    )


def settle(store: Store, evaluation: Evaluation, at: datetime) -> list[FindingChange]:
    with store.write() as connection:
        return reconcile(connection, FARM, evaluation, at)


def test_a_finding_opens_changes_and_closes_and_each_instant_knows_it(store: Store) -> None:
    kinds = []
    for hour, evaluation in enumerate(
        (judged(holds()), judged(holds()), judged(holds(title="worse")), judged(), judged())
    ):
        kinds.append([change.kind for change in settle(store, evaluation, NOW + hour * HOUR)])
    assert kinds == [["opened"], [], ["changed"], ["closed"], []]
    with store.read() as connection:
        (then,) = findings_as_of(connection, FARM, NOW + 2 * HOUR)
        assert (then.opened, then.closed, then.payload["title"]) == (NOW, NOW + 3 * HOUR, "worse")
        assert findings_as_of(connection, FARM, NOW + 3 * HOUR) == []
        assert findings_as_of(connection, FARM, NOW - HOUR) == []
        assert findings_between(connection, FARM, NOW + 2 * HOUR, NOW + 3 * HOUR) == [then]
        assert findings_between(connection, FARM, NOW, NOW + HOUR) == []


def test_it_is_so_since_the_evidence_says_so(store: Store) -> None:
    """The collector was started today; the certificate went three days ago."""
    (change,) = settle(store, judged(holds()), NOW)
    assert (change.finding.opened, change.finding.since) == (NOW, BEGAN)
    assert datetime.fromisoformat(change.finding.payload["since"]) == BEGAN


def test_a_finding_stays_open_while_nobody_can_tell(store: Store) -> None:
    settle(store, judged(holds()), NOW)
    for unknown in (
        CannotTell(reason="silent"),
        CannotTell(reason="silent", server="WAP01"),
        CannotTell(reason="silent", subject="A"),
    ):
        assert settle(store, judged(unknown=(unknown,)), NOW + HOUR) == []
    elsewhere = (CannotTell(reason="silent", server="WAP02"), CannotTell(reason="silent", subject="B"))
    (closed,) = settle(store, judged(unknown=elsewhere), NOW + 2 * HOUR)
    assert closed.kind == "closed"


def test_a_doubt_about_any_but_some_subjects_lets_those_close(store: Store) -> None:
    """What WAP02 may hold says nothing of a CA that the others show."""
    doubt = CannotTell(reason="WAP02: certificate-stores/CA: denied", besides=frozenset({"A"}))
    settle(store, judged(holds("A"), holds("B")), NOW)

    changes = settle(store, judged(unknown=(doubt,)), NOW + HOUR)

    assert [(change.kind, change.finding.subject) for change in changes] == [("closed", "A")]


def test_it_opens_anew_as_another_interval_of_the_same_finding(store: Store) -> None:
    (first,) = settle(store, judged(holds()), NOW)
    settle(store, judged(), NOW + HOUR)
    (again,) = settle(store, judged(holds()), NOW + 2 * HOUR)
    assert (again.kind, again.finding.id) == ("opened", first.finding.id)
    with store.read() as connection:
        assert len(findings_between(connection, FARM, NOW - HOUR, NOW + 9 * HOUR)) == 2


def test_words_from_hostile_certificates_are_stored_whatever_they_hold(store: Store) -> None:
    subject = "CN=\0\u202e\N{PILE OF POO}" + "x" * 100_000
    (change,) = settle(store, judged(holds(subject, "title \0")), NOW)
    with store.read() as connection:
        assert findings_as_of(connection, FARM, NOW) == [change.finding]
    assert settle(store, judged(holds(subject, "title \0")), NOW + HOUR) == []


def test_a_remedy_is_kept_with_its_check_and_its_undo(store: Store) -> None:
    remedy = Remedy(server="WAP01", shell="powershell", command="do", check="look", undo="take back")
    settle(store, judged(replace(holds(), remedy=(remedy,))), NOW)
    with store.read() as connection:
        (kept,) = findings_as_of(connection, FARM, NOW)
    (shown,) = stored_finding(kept).remedy
    assert (shown.command, shown.check, shown.undo) == ("do", "look", "take back")


def test_a_remedy_that_was_kept_before_there_was_an_undo_is_still_read(store: Store) -> None:
    (change,) = settle(store, judged(holds()), NOW)
    old = {**change.finding.payload, "remedy": [{"server": "WAP01", "shell": "cmd", "command": "do"}]}
    (shown,) = stored_finding(replace(change.finding, payload=old)).remedy
    assert (shown.command, shown.check, shown.undo) == ("do", "", "")
