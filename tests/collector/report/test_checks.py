"""Servers by checks: what is proven, what fails and what is not known stand apart."""

from farmsight_collector.correlate.causes import fold
from farmsight_collector.queries import messages
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.report.checks import MOST_ROWS, Checks, checks
from farmsight_collector.rules.engine import evaluate
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity
from farmsight_collector.shown.findings import causes
from tests.fakes.farms import farm, server


def rule(code: str, on_server=None, on_farm=None, severity: Severity = Severity.ERROR) -> Rule:
    return Rule(
        code=code, catalogue=(), severity=severity, roles=frozenset({"wap"}), reads=(), what="w", why="y", remedy="r",
        source="s", on_server=on_server, on_farm=on_farm,
    )  # fmt: skip


def of(name: str):
    return lambda _farm, one: [Holds(subject="x", servers=(one.name,), title="t")] if one.name == name else []


def untold(name: str):
    return lambda _farm, one: [CannotTell(server=one.name, reason="r")] if one.name == name else []


def table(*rules: Rule, servers=("WAP01", "WAP02")) -> Checks:
    view = farm(*(server(name, "wap") for name in servers))
    picture = Evaluated(farm=view, evaluation=fold(evaluate(view, rules)))
    return checks(picture, causes([messages.finding(one) for one in picture.evaluation.findings]), rules)


def cell(made: Checks, name: str, head: str):
    line = next(one for one in made.lines if name in (one.servers or ("farm",)))
    return line.checks[made.heads.index(head)]


def test_a_finding_stands_where_its_server_is_with_the_number_of_its_cause() -> None:
    made = table(rule("tls.a", of("WAP02")), rule("tls.b", untold("WAP02")), rule("tls.c", of("")))

    bad = cell(made, "WAP02", "TLS")
    assert (bad.state, bad.found, bad.undecided, bad.clear, bad.causes) == ("error", (("error", 1),), 1, 1, (1,))
    assert (cell(made, "WAP01", "TLS").state, cell(made, "WAP01", "TLS").clear) == ("ok", 3)


def test_what_a_rule_cannot_tell_is_never_shown_as_well() -> None:
    assert cell(table(rule("wap.a", untold("WAP01")), rule("wap.b", of(""))), "WAP01", "WAP").state == "unknown"


def test_what_is_of_the_farm_stands_in_its_own_line() -> None:
    made = table(rule("entra.a", on_farm=lambda _farm: [Holds(subject="x", title="t")]))

    assert cell(made, "farm", "Entra ID").found == (("error", 1),)
    assert cell(made, "WAP01", "Entra ID").state == "none"


def test_a_theme_without_a_rule_for_this_farm_has_no_column() -> None:
    assert table(rule("tls.a", of(""))).heads == ("TLS",)


def test_many_servers_that_are_alike_are_one_line() -> None:
    names = [f"WAP{n:02}" for n in range(MOST_ROWS + 4)]
    made = table(rule("tls.a", of("WAP07")), servers=names)

    assert sorted(len(one.servers) for one in made.lines) == [0, 1, len(names) - 1]
