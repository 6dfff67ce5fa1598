"""The catalogue of rules is whole: file, code, list, test and text belong together."""

import re
from pathlib import Path

import pytest

from farmsight_collector.rules.catalogue import RULES, THEMES, gathered
from farmsight_collector.rules.reference import pages
from farmsight_collector.rules.rule import Rule, Severity
from farmsight_wire.v1.vocabulary import KIND_BY_NAME

ROOT = Path(__file__).parents[2]
RULES_FOLDER = ROOT / "collector/farmsight_collector/rules"
TESTS_FOLDER = ROOT / "tests/collector/rules"
IDS = [rule.code for rule in RULES]


def _file_of(rule: Rule) -> Path:
    theme, _, condition = rule.code.partition(".")
    return Path(theme) / f"{condition.replace('-', '_')}.py"


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_stands_in_the_file_of_its_code(rule: Rule) -> None:
    assert (RULES_FOLDER / _file_of(rule)).is_file()


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_has_a_test_file_of_its_name(rule: Rule) -> None:
    file = _file_of(rule)
    assert (TESTS_FOLDER / file.parent / f"test_{file.name}").is_file()


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_says_what_why_and_what_to_do(rule: Rule) -> None:
    for text in (rule.what, rule.why, rule.remedy, rule.source):
        assert len(text) > 10
    assert rule.catalogue
    assert all(re.fullmatch(r"[A-Z]+-\d\d", entry) for entry in rule.catalogue)
    assert rule.reads
    assert all(kind in KIND_BY_NAME for kind in rule.reads)


def test_every_rule_file_is_in_the_list() -> None:
    """A rule that nobody lists would never run."""
    listed = {str(_file_of(rule)) for rule in RULES}
    themes = {theme.__name__.rpartition(".")[2] for theme in THEMES}
    on_disk = {
        str(file.relative_to(RULES_FOLDER))
        for theme in themes
        for file in (RULES_FOLDER / theme).glob("*.py")
        if not file.name.startswith("_") and "RULE = Rule(" in file.read_text(encoding="utf-8")
    }

    assert on_disk == listed


def test_explanations_have_no_circle() -> None:
    """A cause is never its own symptom, over however many steps."""
    explains = {rule.code: rule.explains for rule in RULES}

    def reach(code: str, seen: tuple[str, ...]) -> None:
        assert code not in seen, f"{' -> '.join((*seen, code))}"
        for further in explains[code]:
            reach(further, (*seen, code))

    for code in explains:
        reach(code, ())


def test_two_rules_with_one_code_are_refused() -> None:
    one = RULES[0]

    with pytest.raises(ValueError, match=one.code):
        gathered([one, one])


def test_severities_are_ordered_by_attention() -> None:
    assert Severity.INFO < Severity.WARNING < Severity.ERROR < Severity.CRITICAL


def test_the_rule_reference_is_what_the_rules_say() -> None:
    committed = {path: (ROOT / "docs" / path).read_text(encoding="utf-8") for path in pages()}
    on_disk = {f"rules/{page.name}" for page in (ROOT / "docs/rules").iterdir()}

    assert committed == pages(), "docs/rules.md or a page of docs/rules is stale: run 'make rules'"
    assert on_disk == {path for path in pages() if path.startswith("rules/")}


def test_links_between_the_pages_of_rules_lead_somewhere() -> None:
    for path, text in pages().items():
        for target, _, anchor in (link.partition("#") for link in re.findall(r"\]\(([^)]+)\)", text)):
            file = (ROOT / "docs" / path).parent / target
            assert file.is_file(), f"{path}: {target}"
            heads = [line[3:].strip().replace(".", "") for line in file.read_text().splitlines() if line[:3] == "## "]
            assert not anchor or anchor in heads, f"{path}: {target}#{anchor}"
