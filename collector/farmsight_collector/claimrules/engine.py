"""Runs a rule set, as AD FS does, in one world.

Rules run in their order, each once. A rule runs for every combination of claims
that its conditions pick from the input set; `issue` puts what it makes into the
input and the output set, `add` into the input set alone. Copying a claim by `add`
does nothing. Where a rule could not be read, claims of any kind may be there from
then on.

Source: Microsoft, "The Role of the Claims Engine", "The Role of the Claim Rule
Language"; that claims without a value are not made: "Change the source anchor".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from farmsight_collector.claimrules.claims import FEDERATION, STRING, Claim
from farmsight_collector.claimrules.matching import (
    Bound,
    TooManyError,
    combinations,
    could_match,
    hanging_on,
    holds,
    refers,
    value_of,
)
from farmsight_collector.claimrules.rules import (
    ClaimRule,
    Condition,
    Literal,
    Quantifier,
    Reference,
    Statement,
    Unreadable,
)
from farmsight_collector.claimrules.texts import Unknown
from farmsight_collector.claimrules.worlds import MAX_STEPS_OF_A_SET, SetExhaustedError, World

MAX_CLAIMS: Final = 500


@dataclass(kw_only=True)
class Claims:
    """A set of claims; `more`: those of these types, or of any, may be there too."""

    held: dict[Claim, Claim] = field(default_factory=dict)
    more: set[str] = field(default_factory=set)
    anything: Unreadable | ClaimRule | None = None  # what may have put claims of any type there

    def put(self, claim: Claim) -> None:
        """Add a claim; beyond the bound, anything may be there."""
        known = self.held.get(claim)
        if known is None and len(self.held) >= MAX_CLAIMS:
            self.anything = self.anything or claim.by
        else:
            self.held.setdefault(claim, claim)

    def may_hold(self, claim_type: str) -> bool:
        """Tell whether a claim of the type may be there beside those that are."""
        return self.anything is not None or claim_type in self.more


@dataclass(kw_only=True)
class Run:
    """One run of a rule set: its two sets of claims."""

    world: World
    input: Claims
    output: Claims = field(default_factory=Claims)

    def step(self, rule: ClaimRule | Unreadable) -> None:
        """Run one rule; one that can't be followed leaves both sets open."""
        if isinstance(rule, Unreadable):
            self.lost(rule)
            return
        tests = [c for c in rule.conditions if c.quantifier is not Quantifier.EACH]
        picks = [c for c in rule.conditions if c.quantifier is Quantifier.EACH]
        claims = tuple(self.input.held)
        could = self.input.anything is not None
        if any(refers(test) for test in tests):
            self.lost(rule)  # a test that speaks of a picked claim: not in the language as documented
            return
        if not all(holds(test, claims, could or self._could(test), self.world) for test in tests):
            return
        try:
            for bound in combinations(picks, claims, self.world, once=not _speaks_of_claims(rule.statement)):
                self._do(rule, bound)
        except TooManyError:
            self.lost(rule)
        if picks and all(could or self._could(pick) or _some(pick, claims) for pick in picks):
            self._may_do(rule, could or any(self._could(pick) for pick in picks))

    def _could(self, condition: Condition) -> bool:
        return any(could_match(condition, claim_type) for claim_type in self.input.more)

    def lost(self, rule: ClaimRule | Unreadable) -> None:
        """Note that a rule could not be followed: it may have made any claims."""
        self.input.anything = self.input.anything or rule
        self.output.anything = self.output.anything or rule

    def _do(self, rule: ClaimRule, bound: Bound) -> None:
        self.world.steps.take()
        statement = rule.statement
        if statement.claim:
            if statement.issues:
                self.output.put(replace(bound[statement.claim.lower()], by=rule, there=hanging_on(bound)))
            return
        for made in _from_store(rule) if statement.store else _new(rule, bound):
            if not isinstance(made.type, str):
                self.lost(rule)
            elif made.value != "":
                self.input.put(made)
                if statement.issues:
                    self.output.put(made)

    def _may_do(self, rule: ClaimRule, really: bool) -> None:
        """Note which claims the rule may make of claims that may be there."""
        if not really:
            return
        for claim_type in _types(rule):
            if claim_type is None:
                self.lost(rule)
            else:
                self.input.more.add(claim_type)
                if rule.statement.issues:
                    self.output.more.add(claim_type)


def run(rules: Sequence[ClaimRule | Unreadable], brought: Claims, world: World) -> Claims:
    """Return what a rule set puts out for these claims, in this world; raises ExhaustedError."""
    done = Run(world=world, input=Claims(held=dict(brought.held), more=set(brought.more), anything=brought.anything))
    world.steps.left_of_set = MAX_STEPS_OF_A_SET
    for rule in rules:
        try:
            world.steps.take()
            done.step(rule)
        except SetExhaustedError:
            done.lost(rule)  # and all that follow; what is put out stays so
            break
    return done.output


def _some(pick: Condition, claims: Sequence[Claim]) -> bool:
    return any(isinstance(claim.type, str) and could_match(pick, claim.type) for claim in claims)


def _speaks_of_claims(statement: Statement) -> bool:
    return bool(statement.claim) or any(not isinstance(value, Literal) for _, value in statement.fields)


def _new(rule: ClaimRule, bound: Bound) -> Iterator[Claim]:
    fields = {name: value_of(value, bound) for name, value in rule.statement.fields}
    yield Claim(
        type=fields["type"],
        value=fields.get("value", ""),
        issuer=fields.get("issuer", FEDERATION),
        original_issuer=fields.get("originalissuer", fields.get("issuer", FEDERATION)),
        value_type=fields.get("valuetype", STRING),
        properties=tuple((name[11:-1], text) for name, text in fields.items() if name.startswith("properties[")),
        there=hanging_on(bound),
        by=rule,
    )


def _from_store(rule: ClaimRule) -> Iterator[Claim]:
    for claim_type in rule.statement.types:
        what = f"{claim_type.text} from the store {rule.statement.store} by {rule.words}"
        value = Unknown(name=f"the value of {what}", several=True)
        yield Claim(type=claim_type.text, value=value, issuer=FEDERATION, there=f"a claim {what}", by=rule)


def _types(rule: ClaimRule) -> Iterator[str | None]:
    """Return the types of the claims that a rule may make; None: any."""
    statement = rule.statement
    if statement.store:
        yield from (literal.text for literal in statement.types)
    elif statement.claim and not statement.issues:
        return
    else:
        yield made_type(rule)


def made_type(rule: ClaimRule) -> str | None:
    """Return the one type of which a rule without a store makes claims, or None when it may be any."""
    statement = rule.statement
    given: Mapping[str, object] = dict(statement.fields)
    kind = given.get("type")
    if isinstance(kind, Literal):
        return kind.text
    source = statement.claim.lower()
    if isinstance(kind, Reference) and kind.property == "type":
        source = kind.identifier.lower()
    for condition in rule.conditions:
        if source and condition.identifier.lower() == source:
            return type_named(condition)
    return None


def type_named(condition: Condition) -> str | None:
    """Return the one type of claims that a condition picks, or None when it names none."""
    for comparison in condition.comparisons:
        if (comparison.property, comparison.operator) == ("type", "=="):
            return comparison.value.text if isinstance(comparison.value, Literal) else None
    return None
