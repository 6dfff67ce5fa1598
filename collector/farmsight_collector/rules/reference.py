"""The rule reference as Markdown, made from the rules and the catalogue themselves: `make rules`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from farmsight_collector.rules.catalogue import RULES, THEMES
from farmsight_collector.rules.entries import ENTRIES
from farmsight_collector.rules.explanation import parts
from farmsight_collector.rules.limits import LIMITS
from farmsight_collector.rules.rule import Rule

_INDEX = """\
# Rules

Made by `make rules` from what `farmsight explain CODE` prints; one page a theme. A finding of severity
*critical* means that sign-in by certificate fails now; *error*, that it fails for some path, server or user;
*warning*, that it will fail or degrades, or that the ground is belief rather than proof; *info* is worth knowing.
A rule whose facts are not known says so and neither opens nor closes a finding. What no fact shows stands in
[not-detectable.md](not-detectable.md).
"""
_LIMITS = """
## Limits

Figures that findings rest on. Where sources disagree, all stand here, with the one that is used and why.

| question | figure | source | used by | why |
|---|---|---|---|---|
"""
_UNSEEN = """\
# What facts don't show

Every other entry of the catalogue is carried by a rule ([rules.md](rules.md), column *catalogue*). These are not:
what they are about leaves no trace in anything that an agent or a captured file can tell. Here is why, and what to
ask or look at instead. A line leaves this page when a fact comes that shows it. Made by `make rules`.
"""


def pages() -> dict[str, str]:
    """Return every page by its path below docs/."""
    made = {"rules.md": _index(), "not-detectable.md": _unseen()}
    return made | {f"rules/{_name(theme)}.md": "\n".join(_theme(theme)) + "\n" for theme in THEMES}


def _name(theme: ModuleType) -> str:
    return theme.__name__.rpartition(".")[2]


def _index() -> str:
    rows = [
        f"| [{rule.code}](rules/{rule.code.partition('.')[0]}.md#{_anchor(rule)}) | {rule.severity.word} "
        f"| {rule.what} | {', '.join(rule.catalogue)} |"
        for rule in RULES
    ]
    limits = [
        f"| {one.question} | {one.value:g} {one.unit} ({one.name}) | {one.source}, {one.date} "
        f"| {', '.join(one.used_by) or '-'} | {one.why} |"
        for one in LIMITS
    ]
    table = "\n".join(["", "| code | severity | what | catalogue |", "|---|---|---|---|", *rows, ""])
    return _INDEX + table + _LIMITS + "\n".join(limits) + "\n"


def _anchor(rule: Rule) -> str:
    return rule.code.replace(".", "")


def _theme(theme: ModuleType) -> Iterator[str]:
    yield f"# {_name(theme)}\n\n{(theme.__doc__ or '').strip()}\n\nAll rules: [rules.md](../rules.md)."
    for rule in theme.RULES:
        yield f"\n## {rule.code}\n\n- **severity:** {rule.severity.word}"
        for part in parts(rule):
            if len(part.rows) == 1:
                yield f"- **{part.head}:** {part.rows[0]}"
            else:
                yield f"- **{part.head}:**"
                yield from (f"  - {row}" for row in part.rows)


def _unseen() -> str:
    places: dict[str, list[str]] = {}
    for one in ENTRIES.values():
        if one.unseen:
            places.setdefault(one.place, []).append(f"| {one.id} | {one.title} | {one.unseen} | {one.instead} |")
    head = ["", "| entry | what | why facts don't show it | instead |", "|---|---|---|---|"]
    made = (("", f"## {place}", *head, *sorted(rows)) for place, rows in places.items())
    return _UNSEEN + "\n".join(line for part in made for line in part) + "\n"


def write(folder: Path) -> None:
    """Write every page below a folder, and take away those of themes that are gone."""
    made = pages()
    for path, text in made.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    for old in (folder / "rules").glob("*.md"):
        if f"rules/{old.name}" not in made:
            old.unlink()


if __name__ == "__main__":
    write(Path(sys.argv[1]))
