"""Every limit says where it comes from, which rule rests on it and why; a bad file of limits is refused."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from farmsight_collector.rules import limits
from farmsight_collector.rules.catalogue import BY_CODE, RULES
from farmsight_collector.rules.limits import LIMITS, Limit, LimitsError, read, used_by
from farmsight_collector.rules.rule import Rule

GOOD = """
[CRL_SECONDS]
question = "How long?"
name = "a time-out"
value = 15
unit = "s"
source = "a header file"
date = "2023-01"
used_by = ["crl.slow"]
why = "The server gives up after it."
"""


@pytest.mark.parametrize("limit", LIMITS, ids=[limit.id for limit in LIMITS])
def test_a_limit_has_a_source_and_a_date_and_a_finding_names_both(limit: Limit) -> None:
    assert limit.value > 0
    assert limit.unit
    assert re.fullmatch(r"\d{4}-\d{2}", limit.date)
    assert limit.source in limit.text
    assert limit.date in limit.text
    assert set(limit.used_by) <= BY_CODE.keys()


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_the_file_names_the_rules_that_rest_on_a_limit(rule: Rule) -> None:
    """A rule that took another figure than the file says would be explained wrongly."""
    check = rule.on_server or rule.on_farm
    module = import_module(check.__module__)
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    imported = {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == limits.__name__
        for name in node.names
        if name.name.isupper()
    }

    assert imported == {limit.id for limit in used_by(rule.code)}


def test_a_rule_with_a_limit_names_it_in_its_findings() -> None:
    """By its source: a rule that rests on a limit sets `limit_used`."""
    for code in {code for limit in LIMITS for code in limit.used_by}:
        check = BY_CODE[code].on_server or BY_CODE[code].on_farm
        assert "limit_used=" in Path(str(import_module(check.__module__).__file__)).read_text(encoding="utf-8"), code


def test_a_good_file_is_read_with_its_types() -> None:
    (limit,) = read(GOOD).values()

    assert (limit.id, limit.value, limit.used_by) == ("CRL_SECONDS", 15, ("crl.slow",))
    assert limit.text == "15 s (a time-out; a header file, 2023-01)"


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("value = 15", "value = -15"),
        ("value = 15", "value = nan"),
        ("value = 15", "value = inf"),
        ("value = 15", "value = true"),
        ("value = 15", 'value = "15"'),
        ("value = 15", ""),
        ('unit = "s"', 'unit = " "'),
        ('date = "2023-01"', 'date = "2023"'),
        ('date = "2023-01"', 'date = "2023-13"'),
        ('used_by = ["crl.slow"]', 'used_by = "crl.slow"'),
        ('used_by = ["crl.slow"]', "used_by = [1]"),
        ('unit = "s"', 'unit = "s"\nlimit = 3'),
        ("[CRL_SECONDS]", "CRL_SECONDS = 15\n[OTHER]"),
        ("[CRL_SECONDS]", "[CRL_SECONDS"),
        ('unit = "s"', 'unit = "s"\nunit = "s"'),
    ],
)
def test_a_bad_file_is_refused_by_name(good: str, bad: str) -> None:
    with pytest.raises(LimitsError, match=r"limits\.toml"):
        read(GOOD.replace(good, bad))


def test_figures_of_one_question_share_their_unit() -> None:
    units: dict[str, set[str]] = {}
    for limit in LIMITS:
        units.setdefault(limit.question, set()).add(limit.unit)

    assert {question: len(these) for question, these in units.items() if len(these) > 1} == {
        "When should a CRL have a successor?": 2  # parts of two different spans
    }
