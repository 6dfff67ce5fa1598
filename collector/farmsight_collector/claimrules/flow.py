"""Claims flow through the rule sets of one trust after the other, in one world."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from farmsight_collector.claimrules.claims import Claim, context
from farmsight_collector.claimrules.engine import Claims, run
from farmsight_collector.claimrules.relevant import Wanted, in_order, named_types, relevant
from farmsight_collector.claimrules.rules import ClaimRule, RuleSet, Unreadable
from farmsight_collector.claimrules.worlds import World

PROVIDER: Final = "provider"
PARTY: Final = "party"
TRUSTS: Final = {
    PROVIDER: "the claims provider trust of Active Directory",
    PARTY: "the relying party trust for Entra ID",
}
Brings = Callable[..., tuple[Claim, ...]]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The rules of one trust that can matter."""

    trust: str  # PROVIDER or PARTY
    rule_set: RuleSet
    rules: tuple[ClaimRule | Unreadable, ...]
    wanted: Wanted  # the types that matter to these rules


def stages_for(sets: Sequence[tuple[str, RuleSet]], wanted: Wanted) -> list[Stage]:
    """Return the stages through which claims of these types come, with what can matter to them."""
    stages: list[Stage] = []
    for trust, rule_set in reversed(sets):
        rules, wanted = relevant(in_order(rule_set), wanted)
        stages.insert(0, Stage(trust=trust, rule_set=rule_set, rules=rules, wanted=wanted))
    return stages


def flow(stages: Sequence[Stage], brings: Brings, extranet: bool | None) -> Callable[[World], Claims]:
    """Return what runs the stages in a world and gives what the last of them puts out."""
    named = [name for stage in stages[:1] for name in named_types(stage.rules)]
    brought = _wanted(brings(named, extranet=extranet), stages[0].wanted)

    def through(world: World) -> Claims:
        claims = brought
        for stage in stages:
            claims = run(stage.rules, _with_context(claims, stage, extranet), world)
        return claims

    return through


def _wanted(claims: Iterable[Claim], wanted: Wanted) -> Claims:
    lower = None if wanted is None else {name.lower() for name in wanted}
    kept = [claim for claim in claims if lower is None or str(claim.type).lower() in lower]
    return Claims(held={claim: claim for claim in kept})


def _with_context(claims: Claims, stage: Stage, extranet: bool | None) -> Claims:
    present = {claim.type for claim in claims.held}
    said = context(named_types(stage.rules), extranet=extranet)
    more = [claim for claim in _wanted(said, stage.wanted).held if claim.type not in present]
    return replace(claims, held={**claims.held, **{claim: claim for claim in more}})
