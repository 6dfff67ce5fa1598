"""All that there is to say of a rule, in the order in which it is asked for: the text of `explain` and of the docs."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from farmsight_collector.rules.catalogue import BY_CODE, RULES, THEMES
from farmsight_collector.rules.entries import ENTRIES, Entry
from farmsight_collector.rules.limits import used_by
from farmsight_collector.rules.rule import Rule


@dataclass(frozen=True, kw_only=True)
class Part:
    """One headed part; `rows` are lines of their own."""

    head: str
    rows: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the part as one line."""
        return "; ".join(self.rows)


def parts(rule: Rule) -> tuple[Part, ...]:
    """Return what is to be said of a rule; what there is nothing to say about is left out."""
    said = (
        ("what", (rule.what,)),
        ("why", (rule.why,)),
        ("seen as", symptoms(rule)),
        ("found by", (how(rule), f"facts: {', '.join(rule.reads)}")),
        ("limits", tuple(f"{limit.text}: {limit.why}" for limit in used_by(rule.code))),
        ("remedy", (rule.remedy,)),
        ("check first", (rule.check,)),
        ("to undo", (rule.undo or "there is nothing to take back",)),
        ("roles", (", ".join(sorted(rule.roles)),)),
        ("catalogue", tuple(f"{one} ({ENTRIES[one].title})" for one in rule.catalogue)),
        ("cause of", (", ".join(rule.explains),)),
        ("symptom of", (", ".join(explained_by(rule)),)),
        ("source", (rule.source,)),
    )
    return tuple(Part(head=head, rows=rows) for head, rows in said if any(rows))


def how(rule: Rule) -> str:
    """Return in a sentence how the condition is found: what its check says of itself."""
    said = ((rule.on_server or rule.on_farm).__doc__ or "").strip().partition("\n")[0]
    return re.sub(r"^Yield\b", "Reports", said)


def symptoms(rule: Rule) -> tuple[str, ...]:
    """Return what users and administrators see of the entries that the rule carries."""
    return tuple(dict.fromkeys(ENTRIES[one].symptom for one in rule.catalogue if one in ENTRIES))


def explained_by(rule: Rule) -> tuple[str, ...]:
    """Return the codes of the rules whose findings may be the cause of this one's."""
    return tuple(other.code for other in RULES if rule.code in other.explains)


def carrying(entry: str) -> tuple[Rule, ...]:
    """Return the rules that carry an entry of the catalogue."""
    return tuple(rule for rule in RULES if entry in rule.catalogue)


def looked_up(wanted: str) -> tuple[tuple[Rule, ...], Entry | None]:
    """Return the rules that a code, a theme or an entry's id means, and the entry; all rules for nothing."""
    text = wanted.strip().rstrip(".")
    entry = ENTRIES.get(text.upper())
    if entry is not None:
        return carrying(entry.id), entry
    lower = text.lower()
    return tuple(rule for rule in RULES if not lower or lower in (rule.code, rule.code.partition(".")[0])), None


def meant(wanted: str) -> tuple[str, ...]:
    """Return up to three codes, themes or entries that a mistyped text may have meant."""
    text = wanted.strip()
    themes = [theme.__name__.rpartition(".")[2] for theme in THEMES]
    lower = text.lower().replace("_", "-")
    found = get_close_matches(lower, [*BY_CODE, *themes], n=3, cutoff=0.6)
    inside = [code for code in BY_CODE if len(lower) > 3 and lower in code]
    entries = get_close_matches(text.upper(), ENTRIES, n=3, cutoff=0.75)
    return tuple(dict.fromkeys((*found, *inside, *entries)))[:3]
