"""docs/article.md names rules, kinds, entries and verbs: each of them is there."""

import re
from pathlib import Path

from farmsight_collector.cli.main import VERBS
from farmsight_collector.rules.catalogue import RULES
from farmsight_wire.v1.vocabulary import KIND_BY_NAME

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/article.md").read_text(encoding="utf-8")
ROWS = [
    line.strip("| ").split(" | ") for line in TEXT.splitlines() if line.startswith("| ") and "article says" not in line
]


def test_rules_that_the_page_names_are_there():
    named = {code for row in ROWS for code in re.findall(r"`([a-z]+\.[a-z0-9-]+)`", row[2])}
    named |= set(re.findall(r"`([a-z]+\.[a-z0-9-]+)`", TEXT.rpartition("## ")[2]))

    assert named
    assert named <= {rule.code for rule in RULES}


def test_kinds_of_facts_that_the_page_names_are_there():
    kinds = {kind for row in ROWS for kind in re.findall(r"`([a-z-]+)`", row[1])}

    assert kinds
    assert kinds <= KIND_BY_NAME.keys()


def test_what_the_page_calls_not_detectable_stands_in_that_page():
    entries = {entry for row in ROWS for entry in re.findall(r"\b[A-Z]+-\d\d\b", row[2])}
    listed = (ROOT / "docs/not-detectable.md").read_text(encoding="utf-8")

    assert entries
    assert all(f"| {entry} |" in listed for entry in entries)


def test_commands_that_the_page_names_are_verbs():
    verbs = set(re.findall(r"`farmsight ([a-z]+)", TEXT))

    assert verbs <= {verb.name for verb in VERBS}


def test_every_row_says_by_what_it_is_done():
    assert len(ROWS) > 18
    assert [row for row in ROWS if len(row) < 3 or not row[2].strip()] == []
