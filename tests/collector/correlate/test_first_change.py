"""What changed first before a finding is told from history, and nothing is told where history does not reach."""

from dataclasses import replace
from datetime import timedelta

import pytest

from farmsight_collector.correlate.change_words import told
from farmsight_collector.correlate.first_change import preceded
from farmsight_collector.rules.engine import Evaluation, evaluate
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity
from farmsight_collector.store.turns import Turn
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.farms import NOW, fact, farm, server

MINUTE = timedelta(minutes=1)
URL = "http://pki.contoso.com/ca1.crl"
FAILED = fact(pb.Retrieval(url=URL, outcome=pb.RETRIEVAL_OUTCOME_UNREACHABLE), f"crl {URL}", "network-service")
FETCHED = fact(pb.Retrieval(url=URL, outcome=pb.RETRIEVAL_OUTCOME_OK), f"crl {URL}", "network-service")
PROXY = fact(pb.ProxySetting(proxy="proxy:8080"), "winhttp", "network-service")
DIRECT = fact(pb.ProxySetting(direct=True), "winhttp", "network-service")


def judged(*servers: str) -> Evaluation:
    named = servers or ("WAP02",)
    view = farm(*(server(name, "wap", FAILED) for name in named))

    def check(seen):
        evidence = tuple(held for one in seen.servers for held in one.facts["retrieval"])
        yield Holds(subject=URL, servers=named, contexts=("network-service",), title="no CRL", evidence=evidence)

    rule = Rule(code="crl.made-up", catalogue=("CRL-03",), severity=Severity.ERROR, roles=SIGN_IN, reads=("retrieval",),
                what="", why="", remedy="", source="", on_farm=check)  # fmt: skip
    return evaluate(view, (rule,))


def turn(kind, key, before=None, after=None, *, ago=MINUTE, on="WAP02", context="network-service") -> Turn:
    values = [None if one is None else one.SerializeToString() for one in (before, after)]
    return Turn(server=on, kind=kind, context=context, key=key, at=NOW - ago, before=values[0], after=values[1])


def failing(**where) -> Turn:
    return turn("retrieval", f"crl {URL}", FETCHED, FAILED, **where)


def proxied(**where) -> Turn:
    return turn("proxy-setting", "winhttp", DIRECT, PROXY, **where)


class Remembered:
    """A past in which the finding holds from an instant on; before another one nobody looked."""

    def __init__(self, since, known=NOW - timedelta(days=400), away=None):
        self._since, self._known, self._away = since, known, away

    def held(self, _finding, at):
        unknown = at < self._known or (self._away is not None and self._away < at < self._since)
        return None if unknown else at >= self._since

    def seen(self, _finding, at):
        return self._away or at


def looked(evaluation: Evaluation, *turns: Turn, began=timedelta(minutes=1)):
    """Return the only finding, where it holds since `began` ago and what turned is this."""
    ordered = sorted(turns, key=lambda one: one.at, reverse=True)
    history = lambda _finding, kinds: [one for one in ordered if one.kind in kinds]  # noqa: E731
    return preceded(evaluation, history, Remembered(NOW - began)).findings[0]


def test_the_fetch_that_began_to_fail_is_told_and_since_when():
    found = looked(judged(), failing())

    assert (found.first_change.server, found.first_change.kind, found.first_change.at) == (
        "WAP02",
        "retrieval",
        NOW - MINUTE,
    )
    assert found.first_change.text == "outcome: ok -> unreachable"
    assert found.since == NOW - MINUTE


def test_a_proxy_that_was_set_shortly_before_is_told_in_place_of_the_fetch():
    assert looked(judged(), failing(), proxied(ago=10 * MINUTE)).first_change.kind == "proxy-setting"
    assert looked(judged(), failing(), proxied()).first_change.kind == "proxy-setting"


@pytest.mark.parametrize(
    "other",
    [
        proxied(ago=timedelta(hours=5)),  # long before
        proxied(on="WAP01"),  # of another server
        proxied(context="system"),  # of another account
        proxied(ago=timedelta(0)),  # after it
        turn("tls-binding", "sts:443", ago=2 * MINUTE, context=None),  # nothing that fetches depend on
    ],
)
def test_what_has_no_part_in_it_is_not_told(other):
    assert looked(judged(), failing(), other).first_change.kind == "retrieval"


def test_changes_since_then_are_passed_over():
    found = looked(judged(), failing(ago=60 * MINUTE), failing(ago=5 * MINUTE), began=60 * MINUTE)

    assert found.first_change.at == NOW - 60 * MINUTE


def test_what_began_while_nothing_changed_has_no_change_before_it():
    """A CRL ends by itself."""
    assert looked(judged(), failing(ago=60 * MINUTE)).first_change is None


def test_what_held_before_all_that_is_known_has_none():
    assert looked(judged(), failing(), began=timedelta(days=30)).first_change is None
    assert looked(judged()).first_change is None


def away(since):
    turned = lambda _finding, _kinds: [failing()]  # noqa: E731
    return preceded(judged(), turned, Remembered(NOW - MINUTE, away=NOW - since)).findings[0].first_change


def test_what_no_one_could_tell_of_the_time_before_is_not_guessed():
    past = Remembered(NOW - MINUTE, known=NOW - MINUTE)
    found = preceded(judged(), lambda _finding, _kinds: [failing()], past).findings[0]

    assert found.first_change is None


def test_what_an_agent_saw_before_it_was_away_counts_for_some_days():
    assert away(timedelta(hours=5)).at == NOW - MINUTE
    assert away(timedelta(days=8)) is None


def test_a_symptom_has_its_causes_change_and_none_of_its_own():
    evaluation = judged()
    folded = replace(evaluation, findings=tuple(replace(one, caused_by="x") for one in evaluation.findings))

    assert looked(folded, failing()).first_change is None


def test_of_what_turned_at_once_that_of_the_findings_own_server_is_told():
    other = turn("retrieval", f"crl {URL}", FETCHED, FAILED, on="STS01")

    assert looked(judged(), other, failing()).first_change.server == "WAP02"


def test_a_change_says_which_fields_are_others():
    assert told(proxied()) == "direct: yes -> no; proxy: (none) -> proxy:8080"
    assert told(turn("proxy-setting", "winhttp", PROXY)) == "gone: proxy:8080, bypass (none)"
    assert told(turn("proxy-setting", "winhttp", None, PROXY)) == "new: proxy:8080, bypass (none)"


def test_a_long_value_is_shown_where_it_differs_and_no_line_is_endless():
    long = [fact(pb.AdfsTrust(issuance_transform_rules="a" * 5000 + end), "x") for end in ("b", "c")]
    said = told(turn("adfs-trust", "x", *long))

    assert said.endswith("aab -> ..." + "a" * 30 + "c")
    assert len(said) < 200
    hostile = fact(pb.AdfsTrust(name="\x1b[31m" + "n" * 5000), "x")
    assert len(told(turn("adfs-trust", "x", None, hostile))) <= 300
    assert "\x1b" not in told(turn("adfs-trust", "x", None, hostile))
