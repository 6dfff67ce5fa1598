"""Whether a relying party trust's authorization rules let a sign-in by certificate have a token at all.

Source: Microsoft, "The Role of the Claims Engine" (authorization decides on whether
the issuance rules are run) and "When to Use an Authorization Claim Rule" (a deny
claim overrides permit claims; without a permit claim access is denied).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from farmsight_collector.claimrules.claims import after_the_provider, certificate_sign_in
from farmsight_collector.claimrules.engine import Claims
from farmsight_collector.claimrules.flow import PARTY, PROVIDER, flow, stages_for
from farmsight_collector.claimrules.matching import is_there
from farmsight_collector.claimrules.parser import read
from farmsight_collector.claimrules.worlds import Explored, World, explore, telling
from farmsight_collector.model.verdict import Verdict

PERMIT: Final = "http://schemas.microsoft.com/authorization/claims/permit"
DENY: Final = "http://schemas.microsoft.com/authorization/claims/deny"


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Whether a token is issued, and why."""

    verdict: Verdict
    why: str


@lru_cache(maxsize=256)
def permitted(
    provider_text: str | None, authorization_text: str, *, policy: str = "", extranet: bool | None = None
) -> Permission:
    """Return whether the authorization rules permit a sign-in by certificate; never raises.

    An access control policy, by name, takes the place of rules: then the rules are
    empty, and what the policy permits is not known here.
    """
    if policy or not authorization_text.strip():
        why = f'the access control policy "{policy}" decides' if policy else "no authorization rules are shown"
        return Permission(verdict=Verdict.UNKNOWN, why=why)
    sets = [(PARTY, read(authorization_text))]
    if provider_text is not None:
        sets.insert(0, (PROVIDER, read(provider_text)))
    stages = stages_for(sets, frozenset({PERMIT, DENY}))
    brings = after_the_provider if provider_text is None else certificate_sign_in
    through = flow(stages, brings, extranet)
    return _concluded(explore(lambda world: _permits(through(world), world)))


def _permits(put_out: Claims, world: World) -> bool | None:
    """Return whether these claims let the user have a token; None where rules that can't be followed may decide."""
    there = {claim.type for claim in put_out.held if claim.type in (PERMIT, DENY) and is_there(claim, world)}
    if DENY in there:
        return False
    if put_out.may_hold(DENY) or (PERMIT not in there and put_out.may_hold(PERMIT)):
        return None
    return PERMIT in there


def _concluded(explored: Explored[bool | None]) -> Permission:
    answers = {answer for _, answer in explored.worlds}
    if explored.complete and answers == {True}:
        return Permission(verdict=Verdict.PASSES, why="the authorization rules permit it")
    if explored.complete and answers == {False}:
        return Permission(verdict=Verdict.FAILS, why="the authorization rules permit nobody who signs in so")
    good = [world for world, answer in explored.worlds if answer]
    bad = [world for world, answer in explored.worlds if answer is False]
    if good and bad:
        condition = " and ".join(telling(good[0], bad[0])) or "a condition holds"
        return Permission(verdict=Verdict.UNKNOWN, why=f"the authorization rules permit it only where {condition}")
    return Permission(verdict=Verdict.UNKNOWN, why="authorization rules that can't be followed may decide otherwise")
