"""Whether a rule set lets claims of a type pass."""

import enum
import re
from dataclasses import dataclass

from farmsight_collector.claimrules.rules import (
    ClaimRule,
    Comparison,
    Condition,
    Literal,
    Quantifier,
    Reference,
    RuleSet,
    Unreadable,
)

MAX_REGEX = 512  # longer ones are not tried: they come from outside


class Passing(enum.Enum):
    """How claims of a type fare."""

    PLAIN = "plain"  # every claim of the type is issued as it is
    CONDITIONAL = "conditional"  # some are, or another value is: for some users, or under conditions
    NO = "no"
    UNREADABLE = "unreadable"  # no readable rule issues it, and some rules could not be read


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How claims of a type fare, and by which rule or at which unreadable place."""

    passing: Passing
    rule: ClaimRule | None = None
    place: Unreadable | None = None


def passing(rule_set: RuleSet, claim_type: str) -> Answer:
    """Return how claims of this type fare through a rule set."""
    conditional: ClaimRule | None = None
    for rule in rule_set.rules:
        found = _by_rule(rule, claim_type)
        if found is Passing.PLAIN:
            return Answer(passing=found, rule=rule)
        if found is Passing.CONDITIONAL and conditional is None:
            conditional = rule
    if conditional is not None:
        return Answer(passing=Passing.CONDITIONAL, rule=conditional)
    if rule_set.unreadable:
        return Answer(passing=Passing.UNREADABLE, place=rule_set.unreadable[0])
    return Answer(passing=Passing.NO)


def _by_rule(rule: ClaimRule, claim_type: str) -> Passing:
    statement = rule.statement
    if not statement.issues:
        return Passing.NO
    if statement.store:
        made = any(t.text == claim_type and not t.bare for t in statement.types)
        return Passing.CONDITIONAL if made else Passing.NO
    fields = dict(statement.fields)
    source = statement.claim or _copied_from(fields.get("type"), fields.get("value"))
    if not source:
        kind = fields.get("type")
        literal = isinstance(kind, Literal) and kind.text == claim_type and not kind.bare
        return Passing.CONDITIONAL if literal else Passing.NO
    condition = next((c for c in rule.conditions if c.identifier == source), None)
    if condition is None:
        return Passing.NO
    return _matched(condition, claim_type, alone=len(rule.conditions) == 1)


def _copied_from(kind: object, value: object) -> str:
    """Return the identifier when type and value are both taken from one claim."""
    if not isinstance(kind, Reference) or not isinstance(value, Reference):
        return ""
    same = kind.identifier == value.identifier and (kind.property, value.property) == ("type", "value")
    return kind.identifier if same else ""


def _matched(condition: Condition, claim_type: str, *, alone: bool) -> Passing:
    if condition.quantifier is not Quantifier.EACH:
        return Passing.NO
    about_type = [c for c in condition.comparisons if c.property == "type"]
    answers = [_type_matches(c, claim_type) for c in about_type]
    if False in answers:
        return Passing.NO
    plain = alone and None not in answers and len(about_type) == len(condition.comparisons)
    return Passing.PLAIN if plain else Passing.CONDITIONAL


def _type_matches(comparison: Comparison, claim_type: str) -> bool | None:
    value = comparison.value
    if not isinstance(value, Literal):
        return None
    if value.bare:
        return False
    if comparison.operator in ("==", "!="):
        return (value.text == claim_type) is (comparison.operator == "==")
    found = _searched(value.text, claim_type)
    return found if found is None else found is (comparison.operator == "=~")


def _searched(pattern: str, text: str) -> bool | None:
    """Search as .NET would; None for what can't be tried here safely or at all."""
    if len(pattern) > MAX_REGEX or re.search(r"[*+}]\)?[*+{]|\([^)]*[*+][^)]*\)[*+{]", pattern):
        return None
    try:
        return re.search(pattern, text) is not None
    except (re.error, RecursionError, OverflowError):
        return None
