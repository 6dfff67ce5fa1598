"""The rule reference as Markdown, made from the rules themselves: `make rules`."""

import sys
from collections.abc import Iterator

from farmsight_collector.rules.catalogue import RULES, THEMES
from farmsight_collector.rules.rule import Rule

_HEAD = """\
# Rules

Made from the rules themselves by `make rules`; `farmsight explain CODE` prints the same. A finding of severity
*critical* means that sign-in by certificate fails now; *error*, that it fails for some path, server or user;
*warning*, that it will fail or degrades, or that the ground is belief rather than proof; *info* is worth knowing.
A rule whose facts are not known says so and neither opens nor closes a finding.
"""


def reference() -> str:
    """Return the whole reference."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "| code | severity | what | catalogue |"
    yield "|---|---|---|---|"
    for rule in RULES:
        yield f"| [{rule.code}](#{_anchor(rule)}) | {rule.severity.word} | {rule.what} | {', '.join(rule.catalogue)} |"
    for theme in THEMES:
        yield f"\n## {theme.__name__.rpartition('.')[2]}\n\n{(theme.__doc__ or '').strip()}"
        for rule in theme.RULES:
            yield from _rule(rule)


def _anchor(rule: Rule) -> str:
    return rule.code.replace(".", "")


def _rule(rule: Rule) -> Iterator[str]:
    yield f"\n### {rule.code}\n"
    yield f"{rule.what}\n"
    yield f"- **Severity:** {rule.severity.word}"
    yield f"- **Why:** {rule.why}"
    yield f"- **Remedy:** {rule.remedy}"
    yield f"- **Roles:** {', '.join(sorted(rule.roles))}; **reads:** {', '.join(rule.reads)}"
    if rule.explains:
        yield f"- **May be the cause of:** {', '.join(rule.explains)}"
    yield f"- **Catalogue:** {', '.join(rule.catalogue)}; **source:** {rule.source}"


if __name__ == "__main__":
    sys.stdout.write(reference())
