"""Which claims a condition picks, and whether a test of the whole set holds."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from farmsight_collector.claimrules.claims import Claim
from farmsight_collector.claimrules.comparing import compared, found, same
from farmsight_collector.claimrules.rules import Comparison, Computed, Condition, Literal, Quantifier, Reference, Value
from farmsight_collector.claimrules.texts import Text, Unknown, made
from farmsight_collector.claimrules.worlds import Question, World

MAX_COMBINATIONS: Final = 4096

Bound: TypeAlias = dict[str, Claim]  # by the name that the rule gave, in lower case


class TooManyError(Exception):
    """The conditions of a rule pick more combinations than are looked at."""


def value_of(value: Value, bound: Bound) -> Text:
    """Return what an expression gives for the picked claims."""
    if isinstance(value, Literal):
        return value.text
    if isinstance(value, Computed):
        return made(value.function, tuple(value_of(argument, bound) for argument in value.arguments))
    return _property(bound[value.identifier.lower()], value.property, value.key)


def refers(condition: Condition) -> bool:
    """Tell whether a condition speaks of claims that other conditions pick."""
    return any(_refers(comparison.value) for comparison in condition.comparisons)


def could_match(condition: Condition, claim_type: str) -> bool:
    """Tell whether some claim of a type may meet a condition, by the type alone."""
    for comparison in condition.comparisons:
        if comparison.property == "type" and isinstance(comparison.value, Literal):
            test = same if comparison.operator in ("==", "!=") else found
            told = test(claim_type, comparison.value.text)
            if told is not None and told is not (comparison.operator in ("==", "=~")):
                return False
    return True


def combinations(picks: Sequence[Condition], claims: Sequence[Claim], world: World, *, once: bool) -> Iterator[Bound]:
    """Yield every combination of claims that the conditions pick together; raises TooManyError.

    `once`: what the rule does hangs on no claim, so that one sure combination is enough.
    """
    ordered = sorted(claims, key=lambda claim: bool(claim.there)) if once else claims
    for tried, bound in enumerate(_joined(picks, ordered, {}, world)):
        if tried == MAX_COMBINATIONS:
            raise TooManyError
        if all(world.decide(_there(name)) for name in _open(bound)[:-1]):
            yield bound
            if once and not hanging_on(bound):
                return


def hanging_on(bound: Bound) -> str:
    """Return the one open claim that a combination hangs on, all others being decided; empty: none."""
    names = _open(bound)
    return names[-1] if names else ""


def holds(test: Condition, claims: Sequence[Claim], could: bool, world: World) -> bool:
    """Return whether exists, not exists or count holds for the input set in this world."""
    matching = (claim for claim in claims if _matches(test, claim, {}, world))
    if test.quantifier is Quantifier.COUNT:
        return _counted(test, tuple(matching), could, world)
    exists = _exists(test, tuple(matching), could, world)
    return exists is (test.quantifier is Quantifier.EXISTS)


def is_there(claim: Claim, world: World) -> bool:
    """Return whether a claim is there in this world."""
    return not claim.there or world.decide(_there(claim.there))


def _exists(test: Condition, matching: Sequence[Claim], could: bool, world: World) -> bool:
    if any(not claim.there for claim in matching) or any(is_there(claim, world) for claim in matching):
        return True
    return could and world.decide(_unread(test, "a claim"))


def _counted(test: Condition, matching: Sequence[Claim], could: bool, world: World) -> bool:
    there = [claim for claim in matching if is_there(claim, world)]
    low = len(there)
    if could or any(isinstance(claim.value, Unknown) and claim.value.several for claim in there):
        more = (low, low + 1, max(low, test.number), max(low, test.number + 1))
        answers = {_number(test.operator, number, test.number) for number in more}
        return answers.pop() if len(answers) == 1 else world.decide(_unread(test, f"enough ({test.number})"))
    return _number(test.operator, low, test.number)


def _number(operator: str, number: int, bound: int) -> bool:
    return {
        "==": number == bound,
        "!=": number != bound,
        ">": number > bound,
        "<": number < bound,
        ">=": number >= bound,
        "<=": number <= bound,
    }[operator]


def _joined(picks: Sequence[Condition], claims: Sequence[Claim], bound: Bound, world: World) -> Iterator[Bound]:
    at = len(bound)
    if at == len(picks):
        yield dict(bound)
        return
    pick = picks[at]
    for claim in claims:
        if _matches(pick, claim, bound, world):
            yield from _joined(picks, claims, {**bound, pick.identifier.lower() or f"#{at}": claim}, world)


def _matches(condition: Condition, claim: Claim, bound: Bound, world: World) -> bool:
    world.steps.take()
    ordered = sorted(condition.comparisons, key=lambda comparison: comparison.property != "type")
    return all(_holds(comparison, claim, bound, world) for comparison in ordered)


def _holds(comparison: Comparison, claim: Claim, bound: Bound, world: World) -> bool:
    left = _property(claim, comparison.property, comparison.key)
    return compared(left, comparison.operator, value_of(comparison.value, bound), world)


def _property(claim: Claim, name: str, key: str) -> Text:
    if name == "properties":
        if claim.properties is None:
            return Unknown(name=f'the property "{key}" of a claim', several=True)
        return dict(claim.properties).get(key, "")
    texts = {
        "type": claim.type,
        "value": claim.value,
        "issuer": claim.issuer,
        "originalissuer": claim.original_issuer,
        "valuetype": claim.value_type,
    }
    return texts[name]


def _refers(value: Value) -> bool:
    if isinstance(value, Computed):
        return any(_refers(argument) for argument in value.arguments)
    return isinstance(value, Reference)


def _open(bound: Bound) -> list[str]:
    return sorted({claim.there for claim in bound.values() if claim.there})


def _there(name: str) -> Question:
    return Question(key=("there", name), yes=f"{name} is there", no=f"{name} is not there")


def _unread(test: Condition, what: str) -> Question:
    kinds = [c.value.text for c in test.comparisons if c.property == "type" and isinstance(c.value, Literal)]
    said = f"{what} of {kinds[0] if kinds else 'such claims'}"
    return Question(key=("unread", test), yes=f"{said} is there", no=f"{said} is not there")
