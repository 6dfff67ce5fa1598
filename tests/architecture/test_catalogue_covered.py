"""Every entry of the catalogue is carried by a rule, or has a line that says why no fact shows it; never both."""

import re
from pathlib import Path

import pytest

from farmsight_collector.rules.catalogue import BY_CODE, RULES
from farmsight_collector.rules.entries import ENTRIES, EntriesError, read, settled

PAGE = (Path(__file__).parents[2] / "docs/not-detectable.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")] for line in PAGE.splitlines() if re.match(r"\| [A-Z]", line)
]
CARRIED = {entry for rule in RULES for entry in rule.catalogue}

# How many entries each theme of the catalogue has, numbered from 1.
SIZES = {
    "STORE": 15, "CHAIN": 7, "CRL": 34, "NET": 15, "HTTP": 30, "TLS": 13, "ADFS": 24, "FARM": 6, "WAP": 13,
    "CLAIM": 7, "ENTRA": 24, "USER": 10, "CLIENT": 7, "LB": 7, "COL": 3,
}  # fmt: skip
ALL = [f"{theme}-{number:02d}" for theme, size in SIZES.items() for number in range(1, size + 1)]

# The steps of the article, by the entries that each leads to; 1-6 stands for all from 1 to 6.
ARTICLE = {
    "general": {"ENTRA": "21", "CLIENT": "3 4", "USER": "1-3"},
    "portal": {"CLIENT": "1 2", "ADFS": "2 3", "TLS": "2", "NET": "7 8", "STORE": "1 3 12", "LB": "3"},
    "Entra": {"ENTRA": "1-6 9 17 18 23", "CLIENT": "5"},
    "servers, steps 1 and 2": {"ADFS": "8 9", "WAP": "5", "STORE": "1-9"},
    "servers, step 3": {"CRL": "1-34", "CHAIN": "7", "NET": "1-6"},
    "servers, steps 4 and 5": {"CLAIM": "1-7", "ADFS": "2 3"},
    "servers, steps 6 and 7": {"HTTP": "1-7 29", "NET": "7 8", "CLIENT": "6", "ADFS": "4 5"},
}


def test_the_list_of_entries_is_whole() -> None:
    assert len(ALL) == 215
    assert list(ENTRIES) == ALL


@pytest.mark.parametrize("entry", ALL)
def test_an_entry_has_a_rule_or_a_line_that_says_why_not(entry: str) -> None:
    assert (entry in CARRIED) != bool(ENTRIES[entry].unseen)


def test_rules_carry_nothing_that_the_catalogue_does_not_have() -> None:
    settled(ENTRIES, CARRIED)


@pytest.mark.parametrize("step", ARTICLE)
def test_what_a_step_of_the_article_leads_to_is_in_the_list(step: str) -> None:
    for theme, numbers in ARTICLE[step].items():
        for run in numbers.split():
            first, _, last = run.partition("-")
            assert {f"{theme}-{n:02d}" for n in range(int(first), int(last or first) + 1)} <= ENTRIES.keys()


def test_the_page_has_the_lines_of_the_list() -> None:
    assert sorted(row[0] for row in ROWS) == sorted(entry.id for entry in ENTRIES.values() if entry.unseen)
    assert [row for row in ROWS if len(row) != 4 or not all(row)] == []


def test_rules_that_the_page_leads_to_are_there() -> None:
    themes = "|".join(sorted({code.partition(".")[0] for code in BY_CODE}))
    named = set(re.findall(rf"`((?:{themes})\.[a-z0-9-]+)`", PAGE))

    assert named
    assert named <= BY_CODE.keys()


@pytest.mark.parametrize(
    ("text", "carried", "said"),
    [
        ('[STORE-01]\ntitle = "a"', (), "must have a title"),
        ('[STORE-1]\ntitle = "a"\nsymptom = "b"', (), "must have a title"),
        ('[STORE-01]\ntitle = "a"\nsymptom = " "', (), "empty text"),
        ('[STORE-01]\ntitle = "a"\nsymptom = "b"\nunseen = "c"', (), "all or none"),
        ("STORE-01 = 3", (), "must have a title"),
        ("[STORE-01", (), "entries.toml"),
        ('[STORE-01]\ntitle = "a"\nsymptom = "b"', (), "carried by no rule"),
        ('[STORE-01]\ntitle = "a"\nsymptom = "b"', ("STORE-01", "STORE-02"), "STORE-02 is not in the catalogue"),
        (
            '[STORE-01]\ntitle = "a"\nsymptom = "b"\nplace = "c"\nunseen = "d"\ninstead = "e"',
            ("STORE-01",),
            "called unseen",
        ),
    ],
)
def test_a_list_that_is_not_whole_is_refused(text: str, carried: tuple[str, ...], said: str) -> None:
    with pytest.raises(EntriesError, match=said):
        settled(read(text), carried)
