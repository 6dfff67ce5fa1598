"""docs/bad-input.md names tests, counters, series and findings: each of them is there."""

import ast
import re
from pathlib import Path

import pytest

from farmsight_collector.metrics import COUNTERS
from farmsight_collector.rules.catalogue import RULES
from farmsight_wire.v1.vocabulary import KIND_BY_NAME

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/bad-input.md").read_text(encoding="utf-8")
ROWS = [line.strip("| ").split(" | ") for line in TEXT.splitlines() if "`tests/" in line]


def _tests_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`(tests/[\w/.]+::\w+)`", TEXT))))
def test_a_test_that_the_page_names_is_there(named: str) -> None:
    file, _, test = named.partition("::")

    assert test in _tests_in(ROOT / file)


def test_every_row_says_what_comes_what_is_done_where_it_is_seen_and_what_proves_it() -> None:
    assert len(ROWS) > 25
    assert [row for row in ROWS if len(row) != 4 or not all(row)] == []


def test_counters_kinds_and_findings_that_the_page_names_are_there() -> None:
    seen = " ; ".join(row[2] for row in ROWS)
    counters = {name for run in re.findall(r"counters? ((?:`\w+`(?:, )?)+)", seen) for name in re.findall(r"\w+", run)}
    kinds = {name for run in re.findall(r"fact ((?:`[\w-]+`(?:, )?)+)", seen) for name in re.findall(r"[\w-]+", run)}

    assert counters <= COUNTERS.keys()
    assert kinds <= KIND_BY_NAME.keys()
    assert set(re.findall(r"finding `([\w.-]+)`", seen)) <= {rule.code for rule in RULES}
