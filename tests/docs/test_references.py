"""Each probe, rule, setting, metric and exit code has its line in the pages; no line speaks of what is not there."""

import ast
import re
from pathlib import Path

import pytest

from docs.tools import check, collected, commands, exit_codes, settings, write
from farmsight_agent import config as agent_config
from farmsight_agent.probes import PROBES
from farmsight_agent.service.windows import about
from farmsight_collector.rules import reference as rules
from farmsight_collector.rules.catalogue import RULES
from farmsight_wire.v1 import vocabulary

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PROGRAMS = {
    "farmsight": "collector/farmsight_collector/cli/**/*.py",
    "farmsight-collector": "collector/farmsight_collector/cli/**/*.py",
    "farmsight lab": "deploy/lab/farmsight_lab/*.py",
    "farmsight-agent": "agent/farmsight_agent/*.py",
}


def test_generated_pages_are_what_would_be_made_now() -> None:
    """`make reference` was run after the last change."""
    assert list(check.stale()) == []


def test_the_pages_of_rules_are_those_that_the_rules_make() -> None:
    """`make rules` was run after the last change; no theme that is gone has a page."""
    made = rules.pages()

    assert {name: (DOCS / name).read_text(encoding="utf-8") for name in made} == made
    assert {f"rules/{page.name}" for page in (DOCS / "rules").glob("*.md")} == {
        n for n in made if n.startswith("rules/")
    }
    assert all(f"\n## {rule.code}\n" in made[f"rules/{rule.code.partition('.')[0]}.md"] for rule in RULES)


def test_every_probe_has_its_paragraph_and_no_paragraph_speaks_of_another() -> None:
    """docs/probes.md is written by hand: what a probe can't see, no code says."""
    text = (DOCS / "probes.md").read_text(encoding="utf-8").partition("\n# Contexts")[0]

    assert sorted(re.findall(r"^## `([\w-]+)`", text, re.MULTILINE)) == sorted(probe.id for probe in PROBES)


def test_every_kind_of_fact_and_every_series_stands_in_what_is_collected() -> None:
    """What has a field to travel in is told."""
    page = collected.page()

    assert set(re.findall(r"^\*\*`([\w-]+)`\*\*", page, re.MULTILINE)) == {kind.name for kind in vocabulary.KINDS}
    assert all(f"| `{name}` |" in page for name in vocabulary.SERIES)


@pytest.mark.parametrize("title", ["agent", "collector", "environment"])
def test_a_setting_without_a_line_and_a_line_without_a_setting_are_told(title: str) -> None:
    """Both ways."""
    with pytest.raises(settings.UndocumentedError, match="new_one has no line"):
        settings._described(title, ["old", "new_one"], {"old": "is told"})
    with pytest.raises(settings.UndocumentedError, match="gone, which there is not"):
        settings._described(title, ["old"], {"old": "is told", "gone": "is told still"})


def test_settings_are_found_by_what_reads_them() -> None:
    """A setting that the program takes is one that the page has, with its bounds and its default."""
    found = {each.name: each for each in settings.of_agent()}

    assert found["retrieval.max_redirects"].fits == "whole number, 0 to 50"
    assert found["retrieval.max_bytes"].default == "100 MiB"
    with pytest.raises(agent_config.ConfigError) as refused:
        agent_config.parse("such_a_setting = 1", folder=Path("/"))
    told = set(re.findall(r"\w+", refused.value.errors[0].partition(" are ")[2]))
    assert told == {name.partition(".")[0] for name in found}


@pytest.mark.parametrize(("program", "sources"), PROGRAMS.items(), ids=list(PROGRAMS))
def test_programs_end_by_the_numbers_of_the_table_alone(program: str, sources: str) -> None:
    """A number that stands in the code would be one that no page explains."""
    for file in sorted(ROOT.glob(sources)):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"sys.exit", "os._exit", "exit"} and node.args:
                assert not isinstance(node.args[0], ast.Constant), f"{file}:{node.lineno}"
    assert sorted(exit_codes.meanings()[program]) == [0, 1, 2, 130]


def test_verbs_return_no_number_but_0_that_is_not_of_the_table() -> None:
    """`return 1` says nothing; `return exit_codes.FOUND` does."""
    for file in sorted((ROOT / "collector/farmsight_collector/cli").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.lstrip("_") in {"main", "run", file.stem.lstrip("_")}:
                numbers = [
                    each.value.value
                    for each in ast.walk(node)
                    if isinstance(each, ast.Return) and isinstance(each.value, ast.Constant)
                ]
                assert set(numbers) <= {0, None}, f"{file.name}: {node.name}"


def test_every_verb_of_every_program_stands_in_the_reference() -> None:
    """What --help lists is what the page has."""
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^### (.+)$", page, re.MULTILINE))
    there = {
        " ".join(one.words)
        for program, parser in commands.programs().items()
        for one in commands.verbs(parser, (program,))
        if one.words != ("farmsight", "lab")
    }

    assert told == there


def test_generated_pages_say_by_what_they_are_made() -> None:
    """Who edits one by hand is told so."""
    assert all("Made by `make reference`" in text for text in write.pages().values())


ENTERING = (
    "contexts/**/*.py",
    "hosts/windows/api/tokens.py",
    "hosts/windows/api/jobs.py",
    "hosts/windows/api/process_creation.py",
    "hosts/windows/api/scheduled_task.py",
    "hosts/windows/accounts_and_services/scheduled_task_xml.py",
    "hosts/windows/accounts_and_services/service_processes.py",
)


def test_every_reason_for_which_an_account_is_not_entered_is_explained() -> None:
    """Both ways: `unknown because` must not need the source to be understood."""
    rows = (DOCS / "contexts.md").read_text(encoding="utf-8").partition("## Why")[2].partition("\n## ")[0]
    told = set(re.findall(r"`([\w-]+)`", "".join(re.findall(r"^\| (`[^|]+) \|", rows, re.MULTILINE))))
    files = [file for sources in ENTERING for file in sorted((ROOT / "agent/farmsight_agent").glob(sources))]
    code = "".join(file.read_text(encoding="utf-8") for file in files)

    assert set(re.findall(r'Error\(\s*"([a-z][a-z-]+)"', code)) - told == set()
    assert {reason for reason in told if f'"{reason}"' not in code} == set()


def test_messages_in_the_page_for_when_farmsight_itself_fails_are_those_of_the_programs() -> None:
    """Who searches for what the screen says must find it: each is a text of the code, or a reason or outcome in it."""
    page = (DOCS / "troubleshooting.md").read_text(encoding="utf-8").partition("## An agent does not enrol")[2]
    said = re.findall(r"`([^`]+)`", " ".join(re.findall(r"^\| (.*?) \|", page, re.MULTILINE)))
    code = " ".join(_texts(file) for folder in ("agent", "collector") for file in (ROOT / folder).rglob("*.py"))

    assert len(said) > 60
    assert [one for one in said if one not in code] == []


def _texts(file: Path) -> str:
    """Return what a file's texts say, those of several pieces put together, with nothing where a value stands."""
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
        elif isinstance(node, ast.JoinedStr):
            found.append("".join(str(one.value) if isinstance(one, ast.Constant) else "" for one in node.values))
    return " ".join(found)


CODE = re.compile(
    r"`((?:store|chain|crl|network|http|tls|adfs|farm|wap|claim|entra|user|client|lb|agent)\.[a-z][a-z0-9-]+)`"
)
# Names of files, and of rows of the audit, that look like codes.
OTHERS = {"agent.key", "agent.log", "agent.toml", "entra.json", "store.db"}
OTHERS |= {"agent.enrol-refused", "agent.forged-host-name"}


def test_every_code_that_a_page_names_is_one_of_a_rule() -> None:
    """A code is what people search for and automate by."""
    codes = {rule.code for rule in RULES}
    pages = [page for page in check.pages() if page.name != "collected.md"]  # has fields, as `crl.number`
    named = {(page.name, code) for page in pages for code in CODE.findall(page.read_text(encoding="utf-8"))}

    assert sorted((page, code) for page, code in named if code not in codes | OTHERS) == []


def test_the_rights_that_a_page_says_an_agent_keeps_are_those_that_it_keeps() -> None:
    """On Windows and on Linux: an administrator grants by this page."""
    page = (DOCS / "contexts.md").read_text(encoding="utf-8").partition("## What you have to grant")[2]
    page = page.partition("\n## ")[0]
    unit = (ROOT / "deploy/linux/farmsight-agent.service").read_text(encoding="utf-8")
    kept = re.search(r"^CapabilityBoundingSet=(.+)$", unit, re.MULTILINE)

    assert kept
    assert set(re.findall(r"`(CAP_\w+)`", page)) == set(kept[1].split())
    assert set(re.findall(r"`(Se\w+Privilege)`", page)) == set(about.PRIVILEGES)
