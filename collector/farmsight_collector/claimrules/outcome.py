"""What has become of serial number or issuer when the rules have run in one world."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from farmsight_collector.claimrules.claims import Claim
from farmsight_collector.claimrules.engine import Claims
from farmsight_collector.claimrules.matching import is_there
from farmsight_collector.claimrules.texts import Made, Text, Unknown, unknowns, with_values
from farmsight_collector.claimrules.worlds import World


class Became(enum.Enum):
    """What has become of a claim in one world."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    SOME_CHANGED = "changed for some"
    ABSENT = "absent"
    UNSURE = "unsure"


@dataclass(frozen=True, kw_only=True)
class InWorld:
    """What has become of a claim in one world, by which claim it shows, and why it is unsure."""

    became: Became
    claim: Claim | None = None
    why: str = ""


def became(put_out: Claims, brought: Claim, world: World) -> InWorld:
    """Return what has become of a claim that the sign-in brought, among those that the last rules put out."""
    named = [c for c in put_out.held if isinstance(c.type, str) and c.type.lower() == str(brought.type).lower()]
    there = [put_out.held[claim] for claim in named if is_there(claim, world)]
    exact = [claim for claim in there if claim.type == brought.type and claim.value == brought.value]
    others = [claim for claim in there if claim.type != brought.type or claim.value != brought.value]
    if exact:
        beside = [claim for claim in others if changed(claim.value, brought.value) is not False]
        if not beside:
            return InWorld(became=Became.UNCHANGED, claim=exact[0])
        return InWorld(became=Became.UNSURE, claim=beside[0], why="another value is issued beside it")
    if others:
        return _altered(others, brought)
    if put_out.may_hold(str(brought.type)):
        return InWorld(became=Became.UNSURE, why="a rule that could not be followed may issue it")
    carried = next((claim for claim in put_out.held if claim.value == brought.value and is_there(claim, world)), None)
    return InWorld(became=Became.ABSENT, claim=carried and put_out.held[carried])


def _altered(others: Sequence[Claim], brought: Claim) -> InWorld:
    for claim in others:
        if claim.type != brought.type and claim.value == brought.value:
            return InWorld(became=Became.UNSURE, claim=claim, why="it is issued under a type in another case")
        if changed(claim.value, brought.value) is None:
            example = changed_example(claim.value, brought.value)
            if example:
                return InWorld(became=Became.SOME_CHANGED, claim=claim, why=example)
            return InWorld(became=Became.UNSURE, claim=claim, why="whether the value issued is its own is not known")
    return InWorld(became=Became.CHANGED, claim=others[0])


def changed(value: Text, own: Text) -> bool | None:
    """Tell whether an issued value is another than a claim's own; None when that can't be told.

    A value made from the claim's own is another when it is for every sample.
    """
    if value == own or isinstance(value, str) or not isinstance(own, Unknown):
        return value != own
    if isinstance(value, Made) and unknowns(value) == {own}:
        results = [(with_values(value, {own: sample}), sample) for sample in own.samples]
        return True if all(result is not None and result != sample for result, sample in results) else None
    asked = unknowns(value)
    return True if asked and all(text.apart for text in asked) else None


def changed_example(value: Text, own: Text) -> str:
    """Return an example of a claim's own value that becomes another, in words; empty: none is known."""
    if isinstance(own, Unknown) and unknowns(value) == {own}:
        for sample in own.samples:
            result = with_values(value, {own: sample})
            if result is not None and result != sample:
                return f'its value is altered: "{sample}" becomes "{result}"'
    return ""
