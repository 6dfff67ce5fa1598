"""The page that says what is proven of the Windows agent is whole: every question, every test, every check."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/windows-coverage.md").read_text(encoding="utf-8")
QUESTIONS = PAGE.partition("## What the host is asked")[2].partition("\n## ")[0]
CHECKS = PAGE.partition("## Checks on a real server")[2]
HOST = ROOT / "agent/farmsight_agent/hosts/windows/host.py"


def _rows(table: str) -> list[str]:
    return [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("|")]


def _questions_of_the_host() -> set[str]:
    tree = ast.parse(HOST.read_text(encoding="utf-8"))
    host = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "WindowsHost")
    named = {node.name for node in host.body if isinstance(node, ast.FunctionDef)}
    return {name for name in named if not name.startswith("_")}


def test_every_question_of_the_host_has_a_line() -> None:
    lines = {row.strip("`") for row in _rows(QUESTIONS) if row.startswith("`")}

    assert lines - {"platform"} == _questions_of_the_host()


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+\.py)`", PAGE))

    assert {name for name in named if not (ROOT / "tests/windows" / name).exists()} == set()


def test_every_file_of_the_windows_tier_is_named() -> None:
    files = {file.name for file in (ROOT / "tests/windows").glob("test_*.py")}

    assert {name for name in files if f"`{name}`" not in PAGE} == set()


def test_every_check_that_is_due_is_described_and_every_one_described_is_due() -> None:
    described = [row for row in _rows(CHECKS) if re.fullmatch(r"R\d+", row)]
    due = set(re.findall(r"\bR\d+\b", PAGE.partition("## Checks on a real server")[0]))

    assert len(described) == len(set(described))
    assert set(described) == due
