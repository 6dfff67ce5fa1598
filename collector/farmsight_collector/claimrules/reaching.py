"""Whether serial number and issuer of a certificate reach the token, decided by running the rules.

The claims of a sign-in by certificate go through the acceptance rules of the
claims provider trust, and what these put out through the issuance rules of the
relying party trust. What holds however open questions are answered is certain;
what hangs on them is conditional; what hangs on rules that can't be followed
can't be told.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from farmsight_collector.claimrules.claims import (
    ISSUER,
    ISSUER_CLAIM,
    SERIAL,
    SERIAL_CLAIM,
    WORDS,
    after_the_provider,
    certificate_sign_in,
)
from farmsight_collector.claimrules.flow import PARTY, PROVIDER, TRUSTS, Brings, Stage, flow, stages_for
from farmsight_collector.claimrules.misspelling import misspelt
from farmsight_collector.claimrules.outcome import Became, InWorld, became
from farmsight_collector.claimrules.parser import read
from farmsight_collector.claimrules.relevant import carriers
from farmsight_collector.claimrules.rules import ClaimRule, Literal, RuleSet, Unreadable
from farmsight_collector.claimrules.worlds import Explored, World, differing, explore, telling
from farmsight_collector.model.verdict import Verdict

__all__ = [
    "PARTY",
    "PROVIDER",
    "TRUSTS",
    "VERDICTS",
    "Outcome",
    "Reaching",
    "reaching",
    "through_party",
    "through_provider",
]

_BROUGHT: Final = {SERIAL: SERIAL_CLAIM, ISSUER: ISSUER_CLAIM}


class Outcome(enum.Enum):
    """What becomes of a claim on its way into the token."""

    UNCHANGED = "unchanged"
    DROPPED = "dropped"
    REWRITTEN = "rewritten"
    MISTYPED = "mistyped"
    CONDITIONAL = "conditional"
    CANNOT_TELL = "cannot tell"


VERDICTS: Final = {
    Outcome.UNCHANGED: Verdict.PASSES,
    Outcome.DROPPED: Verdict.FAILS,
    Outcome.REWRITTEN: Verdict.FAILS,
    Outcome.MISTYPED: Verdict.FAILS,
    Outcome.CONDITIONAL: Verdict.UNKNOWN,
    Outcome.CANNOT_TELL: Verdict.UNKNOWN,
}


@dataclass(frozen=True, kw_only=True)
class Reaching:
    """What becomes of one claim, why, and where the rules say so."""

    outcome: Outcome
    why: str
    rule: ClaimRule | None = None  # that issues it, or alters it
    trust: str = ""  # PROVIDER or PARTY: whose rules `rule` and the place are of
    line: int = 0  # 0: there is no place, such as where a rule is missing
    column: int = 0
    carried: bool = False  # dropped, but put out under another type, from which a later rule may take it

    @property
    def verdict(self) -> Verdict:
        """Return whether the claim reaches the token as it is."""
        return VERDICTS[self.outcome]

    @property
    def place(self) -> str:
        """Return where in the rules this is decided, in words; empty: nowhere."""
        return f"line {self.line}, column {self.column} of the rules of {TRUSTS[self.trust]}" if self.line else ""


@lru_cache(maxsize=256)
def reaching(provider_text: str | None, party_text: str | None, *, extranet: bool | None = None) -> dict[str, Reaching]:
    """Return what becomes of serial number and issuer on both trusts together, by claim type.

    A text that is None is not known. `extranet`: the path of the sign-in, where
    it is known. Never raises.
    """
    if provider_text is None or party_text is None:
        trust = PROVIDER if provider_text is None else PARTY
        unknown = Reaching(outcome=Outcome.CANNOT_TELL, why=f"the rules of {TRUSTS[trust]} are not known", trust=trust)
        return dict.fromkeys(_BROUGHT, unknown)
    sets = ((PROVIDER, read(provider_text)), (PARTY, read(party_text)))
    found = {}
    for claim_type in _BROUGHT:
        whole = _judged(sets, claim_type, certificate_sign_in, extranet)
        if whole.outcome is Outcome.DROPPED:
            first = _judged(sets[:1], claim_type, certificate_sign_in, extranet)
            whole = first if first.outcome is Outcome.DROPPED else whole
        found[claim_type] = whole
    return found


@lru_cache(maxsize=256)
def through_provider(text: str, claim_type: str) -> Reaching:
    """Return what becomes of a claim in the acceptance rules of the claims provider trust alone; never raises."""
    return _judged(((PROVIDER, read(text)),), claim_type, certificate_sign_in, None)


@lru_cache(maxsize=256)
def through_party(text: str, claim_type: str) -> Reaching:
    """Return what becomes of a claim that comes unchanged to the relying party trust's issuance rules; never raises."""
    return _judged(((PARTY, read(text)),), claim_type, after_the_provider, None)


def _judged(sets: Sequence[tuple[str, RuleSet]], claim_type: str, brings: Brings, extranet: bool | None) -> Reaching:
    near = [literal.text for _, rule_set in sets for literal in misspelt(rule_set.literals, claim_type)]
    other = list(carriers(sets[-1][1].rules, claim_type))
    stages = stages_for(sets, frozenset({claim_type, *near, *other}))
    through = flow(stages, brings, extranet)
    explored = explore(lambda world: became(through(world), _BROUGHT[claim_type], world))
    return _concluded(explored, stages, claim_type)


def _concluded(explored: Explored[InWorld], stages: Sequence[Stage], claim_type: str) -> Reaching:
    results = [result for _, result in explored.worlds]
    kinds = {result.became for result in results}
    passing = [(w, r) for w, r in explored.worlds if r.became is Became.UNCHANGED]
    failing = [(w, r) for w, r in explored.worlds if r.became in (Became.ABSENT, Became.CHANGED) and w.proven]
    altered = next((r for w, r in explored.worlds if r.became is Became.SOME_CHANGED and w.proven), None)
    if altered is not None:
        return _at(altered.claim.by if altered.claim else None, stages, outcome=Outcome.CONDITIONAL, why=altered.why)
    if passing and failing:
        return _conditional(passing, failing, stages)
    if explored.complete and kinds == {Became.UNCHANGED}:
        return _unchanged(results[0], stages)
    if explored.complete and kinds and kinds <= {Became.ABSENT, Became.CHANGED}:
        return _failed(results, stages, claim_type)
    return _cannot_tell(explored, stages)


def _unchanged(result: InWorld, stages: Sequence[Stage]) -> Reaching:
    rule = result.claim.by if result.claim else None
    why = f"{rule.words if rule else 'a rule'} of {TRUSTS[stages[-1].trust]} issues it as it is"
    return _at(rule, stages, outcome=Outcome.UNCHANGED, why=why)


def _failed(results: Sequence[InWorld], stages: Sequence[Stage], claim_type: str) -> Reaching:
    changed = next((r for r in results if r.became is Became.CHANGED), None)
    if changed is not None and changed.claim is not None:
        rule = changed.claim.by
        why = f"{rule.words if rule else 'a rule'} issues another value in its place"
        return _at(rule, stages, outcome=Outcome.REWRITTEN, why=why)
    for stage in stages:
        for literal in misspelt(stage.rule_set.literals, claim_type):
            return _mistyped(literal, stage, claim_type)
    carried = next((r.claim for r in results if r.claim is not None), None)
    word = WORDS[claim_type]
    if carried is not None:
        why = f"it leaves {TRUSTS[stages[-1].trust]} under the type {carried.type} alone"
        return replace(_at(carried.by, stages, outcome=Outcome.DROPPED, why=why), carried=True)
    why = f"no rule of {TRUSTS[stages[-1].trust]} issues the {word}"
    return Reaching(outcome=Outcome.DROPPED, why=why, trust=stages[-1].trust)


def _mistyped(literal: Literal, stage: Stage, claim_type: str) -> Reaching:
    how = "lacks its quotes" if literal.bare else f"is not {claim_type}"
    why = f"the claim type {literal.text} {how}"
    return Reaching(outcome=Outcome.MISTYPED, why=why, trust=stage.trust, line=literal.line, column=literal.column)


def _conditional(
    passing: Sequence[tuple[World, InWorld]], failing: Sequence[tuple[World, InWorld]], stages: Sequence[Stage]
) -> Reaching:
    """Say what the two worlds differ in that are nearest to each other."""
    good, bad = min(
        ((good, bad) for good in passing for bad in failing), key=lambda pair: len(differing(pair[0][0], pair[1][0]))
    )
    condition = " and ".join(telling(good[0], bad[0])) or "a condition holds"
    rule = good[1].claim.by if good[1].claim else None
    return _at(rule, stages, outcome=Outcome.CONDITIONAL, why=f"it passes only where {condition}")


def _cannot_tell(explored: Explored[InWorld], stages: Sequence[Stage]) -> Reaching:
    unread = [(stage, rule) for stage in stages for rule in stage.rules if isinstance(rule, Unreadable)]
    unsure = next((r for _, r in explored.worlds if r.became is Became.UNSURE), None)
    if unsure is not None and unsure.claim is not None:
        return _at(unsure.claim.by, stages, outcome=Outcome.CANNOT_TELL, why=unsure.why)
    if unread:
        stage, place = unread[0]
        why = f"a rule of {TRUSTS[stage.trust]} can't be read: {place.message}"
        return Reaching(outcome=Outcome.CANNOT_TELL, why=why, trust=stage.trust, line=place.line, column=place.column)
    if not explored.complete:
        return Reaching(outcome=Outcome.CANNOT_TELL, why="it hangs on more open questions than are looked at")
    if unsure is not None:
        return Reaching(outcome=Outcome.CANNOT_TELL, why=unsure.why)
    return _open(explored, stages)


def _open(explored: Explored[InWorld], stages: Sequence[Stage]) -> Reaching:
    """Say on which open question it hangs whether the claim passes."""
    asked = [question.yes for world, _ in explored.worlds for question, _ in world.answers.values()]
    passing = [result.claim.by for _, result in explored.worlds if result.became is Became.UNCHANGED and result.claim]
    why = f"it hangs on whether {asked[0]}" if asked else "no rule was run"
    return _at(passing[0] if passing else None, stages, outcome=Outcome.CANNOT_TELL, why=why)


def _at(rule: ClaimRule | None, stages: Sequence[Stage], *, outcome: Outcome, why: str) -> Reaching:
    """Return an answer with the place of the rule that it speaks of."""
    if rule is None:
        return Reaching(outcome=outcome, why=why)
    trust = next((stage.trust for stage in reversed(stages) if any(one is rule for one in stage.rules)), "")
    if not trust:
        return Reaching(outcome=outcome, why=why, rule=rule)
    return Reaching(outcome=outcome, why=why, rule=rule, trust=trust, line=rule.line, column=rule.column)
