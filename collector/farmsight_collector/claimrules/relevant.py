"""Which rules of a set can matter to claims of a type; the others are not run.

From the last rule to the first: a rule matters that may make a claim of a type
that is wanted; then the types that its conditions pick are wanted too. Where a
rule hangs on claims of types that can't be named, all rules matter.
"""

from collections.abc import Iterable, Iterator, Sequence

from farmsight_collector.claimrules.engine import made_type, type_named
from farmsight_collector.claimrules.matching import could_match
from farmsight_collector.claimrules.rules import (
    ClaimRule,
    Computed,
    Condition,
    Literal,
    Quantifier,
    Reference,
    RuleSet,
    Unreadable,
    Value,
)

Wanted = frozenset[str] | None  # None: every type


def in_order(rule_set: RuleSet) -> tuple[ClaimRule | Unreadable, ...]:
    """Return the rules and the places that could not be read as they follow each other.

    A rule in which a URI lacks its quotes, as others beside it do not, is left
    out: AD FS does not take it.
    """
    readable = [rule for rule in rule_set.rules if not any(literal.bare for literal in literals(rule))]
    return tuple(sorted([*readable, *rule_set.unreadable], key=lambda one: (one.line, one.column)))


def relevant(
    rules: Sequence[ClaimRule | Unreadable], wanted: Wanted
) -> tuple[tuple[ClaimRule | Unreadable, ...], Wanted]:
    """Return the rules that can matter to claims of these types, and the types that matter to them."""
    kept: list[ClaimRule | Unreadable] = []
    for rule in reversed(rules):
        if isinstance(rule, Unreadable):
            kept.append(rule)
        elif _makes(rule, wanted):
            kept.append(rule)
            wanted = _widened(rule, wanted)
    return tuple(reversed(kept)), wanted


def named_types(rules: Iterable[ClaimRule | Unreadable]) -> Iterator[str]:
    """Yield the types that conditions ask for by name."""
    for rule in rules:
        for condition in rule.conditions if isinstance(rule, ClaimRule) else ():
            name = type_named(condition)
            if name is not None:
                yield name


def carriers(rules: Iterable[ClaimRule], claim_type: str) -> Iterator[str]:
    """Yield the other types under which a rule may put out the claim's value."""
    for rule in rules:
        kind = made_type(rule)
        if kind and kind != claim_type and any(could_match(condition, claim_type) for condition in rule.conditions):
            yield kind


def literals(rule: ClaimRule) -> Iterator[Literal]:
    """Yield every text in a rule."""
    for condition in rule.conditions:
        for comparison in condition.comparisons:
            yield from _texts(comparison.value)
    yield from rule.statement.types
    for _, value in rule.statement.fields:
        yield from _texts(value)


def _texts(value: Value) -> Iterator[Literal]:
    if isinstance(value, Literal):
        yield value
    elif isinstance(value, Computed):
        for argument in value.arguments:
            yield from _texts(argument)


def _makes(rule: ClaimRule, wanted: Wanted) -> bool:
    statement = rule.statement
    if statement.claim and not statement.issues:
        return False
    if wanted is None:
        return True
    if statement.store:
        return any(_alike(literal.text, wanted) for literal in statement.types)
    kind = made_type(rule)
    if kind is not None:
        return _alike(kind, wanted)
    source = _source(rule)
    return source is None or any(could_match(source, claim_type) for claim_type in wanted)


def _widened(rule: ClaimRule, wanted: Wanted) -> Wanted:
    if wanted is None:
        return None
    source = _source(rule)
    types = set(wanted)
    for condition in rule.conditions:
        name = type_named(condition)
        if name is not None:
            types.add(name)
        elif condition is not source or condition.quantifier is not Quantifier.EACH:
            return None
    computed = not rule.statement.store and made_type(rule) is None and source is None
    return None if computed else frozenset(types)


def _source(rule: ClaimRule) -> Condition | None:
    """Return the condition whose claim gives its type to what the rule makes, as it is."""
    statement = rule.statement
    kind = dict(statement.fields).get("type")
    name = statement.claim
    if isinstance(kind, Reference) and kind.property == "type":
        name = kind.identifier
    return next((c for c in rule.conditions if name and c.identifier.lower() == name.lower()), None)


def _alike(name: str, wanted: frozenset[str]) -> bool:
    return name in wanted or any(name.lower() == claim_type.lower() for claim_type in wanted)
