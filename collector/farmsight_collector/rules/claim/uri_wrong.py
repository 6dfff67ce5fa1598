"""A claim type that is nearly right never fires."""

import difflib
from collections.abc import Iterator
from typing import Final

from farmsight_collector.claimrules.rules import Literal
from farmsight_collector.model.view import Farm
from farmsight_collector.rules.claim.trusts import ISSUER, SERIAL, active_directory, append, office365, rule_set
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict

FIELDS: Final = ISSUER.removesuffix("issuer")
# Claim types of their own that look like the two.
RIGHT: Final = frozenset({SERIAL, ISSUER, *(FIELDS + name for name in ("issuername", "serialnumber", "subject"))})
ALIKE: Final = 0.95


def check(farm: Farm) -> Iterator[Verdict]:
    """Look at every text in the rules of both trusts."""
    for trust in (*active_directory(farm), *office365(farm)):
        rules = rule_set(trust)
        if rules is None:
            yield CannotTell(reason=f"the rules of {trust.key} are not shown", probe="adfs", part="trusts")
            continue
        for literal in rules.literals:
            meant = _meant(literal)
            if meant:
                how = "without quotes" if literal.bare else f"instead of {meant}"
                yield Holds(
                    subject=f"{trust.key}: {literal.text}",
                    title=f"A rule of {trust.value.name or trust.key}, line {literal.line}, has {literal.text} {how}",
                    evidence=(trust,),
                    remedy=(append(trust, meant),),
                )


def _meant(literal: Literal) -> str:
    """Return the claim type that was meant by a text that is not quite it, or nothing."""
    text = literal.text.strip()
    for meant in (SERIAL, ISSUER):
        if literal.bare and _core(text) == _core(meant):
            return meant
        if literal.text in RIGHT or literal.text.lower() == meant.lower() or "://" not in text:
            continue
        if _core(text) == _core(meant):
            return meant
        if text.lower().startswith("http") and difflib.SequenceMatcher(None, text, meant).ratio() >= ALIKE:
            return meant
    return ""


def _core(text: str) -> str:
    return text.lower().partition("://")[2].rstrip("/").replace(" ", "")


RULE = Rule(
    code="claim.uri-wrong",
    catalogue=("CLAIM-05",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("adfs-trust",),
    what="A rule names a claim type that is nearly, but not quite, the serial number's or the issuer's.",
    why="The rule is there by name and never fires: https for http, a slip of the pen, quotes lost in copying.",
    remedy="Correct the URI in the rule, or append a right rule beside it.",
    check="Keep the trust's rules in a file.",
    undo="Set-Adfs... with the rules that were kept.",
    source="Microsoft KB 4032987, AD FS and WAP configuration, step 4 (whose listing lacks the quotes)",
    explains=("claim.provider-serial-missing", "claim.provider-issuer-missing", "claim.office365-serial-missing",
              "claim.office365-issuer-missing"),
    on_farm=check,
)  # fmt: skip
