"""Every entry of the core set, and every one that the article leads to, has a rule, or a line that says why not."""

import re
from pathlib import Path

import pytest

from farmsight_collector.rules.catalogue import BY_CODE, RULES

PAGE = (Path(__file__).parents[2] / "docs/not-detectable.md").read_text(encoding="utf-8")
LINES = [line for line in PAGE.splitlines() if re.match(r"\| [A-Z]", line)]
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in LINES]

# Numbers of each theme; 1-6 stands for all from 1 to 6.
CORE = {
    "STORE": "1-6 8 11 12 14",
    "CHAIN": "1 5",
    "CRL": "1-8 11-13 16-19 21 23 25 29 30 32",
    "NET": "1-4 7-12",
    "HTTP": "1 2 7-16 19 21-24",
    "TLS": "1-3 5 6 8",
    "ADFS": "1 2 4 5 7 11 13 14 19",
    "FARM": "1-5",
    "WAP": "1-4 7",
    "CLAIM": "1-5",
    "ENTRA": "1-5 7 9-12 14 17 20 21",
    "USER": "1 2 5 7 8",
    "CLIENT": "6",
    "LB": "1-3 5",
    "COL": "1-3",
}
ARTICLE = {
    "general": {"ENTRA": "21", "CLIENT": "3 4", "USER": "1-3"},
    "portal": {"CLIENT": "1 2", "ADFS": "2 3", "TLS": "2", "NET": "7 8", "STORE": "1 3 12", "LB": "3"},
    "Entra": {"ENTRA": "1-6 9 17 18 23", "CLIENT": "5"},
    "servers, steps 1 and 2": {"ADFS": "8 9", "WAP": "5", "STORE": "1-9"},
    "servers, step 3": {"CRL": "1-34", "CHAIN": "7", "NET": "1-6"},
    "servers, steps 4 and 5": {"CLAIM": "1-7", "ADFS": "2 3"},
    "servers, steps 6 and 7": {"HTTP": "1-7 29", "NET": "7 8", "CLIENT": "6", "ADFS": "4 5"},
}


def _entries(of_themes: dict[str, str]) -> list[str]:
    found = []
    for theme, numbers in of_themes.items():
        for run in numbers.split():
            first, _, last = run.partition("-")
            found += [f"{theme}-{number:02d}" for number in range(int(first), int(last or first) + 1)]
    return found


WANTED = sorted({*_entries(CORE), *(entry for step in ARTICLE.values() for entry in _entries(step))})
CARRIED = {entry for rule in RULES for entry in rule.catalogue}
LISTED = {row[0] for row in ROWS}


@pytest.mark.parametrize("entry", WANTED)
def test_an_entry_has_a_rule_or_a_line_that_says_why_not(entry: str) -> None:
    assert entry in CARRIED or entry in LISTED


def test_what_a_rule_carries_is_not_called_undetectable() -> None:
    assert sorted(LISTED & CARRIED) == []


def test_each_line_says_what_why_and_what_to_do_instead() -> None:
    assert [row for row in ROWS if len(row) != 4 or not all(row)] == []
    assert len(LISTED) == len(ROWS), "an entry stands there twice"


def test_rules_that_the_page_leads_to_are_there() -> None:
    themes = "|".join(sorted({code.partition(".")[0] for code in BY_CODE}))
    named = set(re.findall(rf"`((?:{themes})\.[a-z0-9-]+)`", PAGE))

    assert named
    assert named <= BY_CODE.keys()
