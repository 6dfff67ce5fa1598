"""A claim type that is nearly right never fires."""

from collections.abc import Iterator

from farmsight_collector.claimrules.misspelling import meant
from farmsight_collector.claimrules.parser import read
from farmsight_collector.claimrules.reaching import Outcome
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.claim.trusts import active_directory, append, fate, office365, text
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look at every text in the rules of both trusts."""
    for trust in (*active_directory(farm), *office365(farm)):
        rules = text(trust)
        if rules is None:
            yield CannotTell(reason=f"the rules of {trust.key} are not shown", probe="adfs", part="trusts")
            continue
        for literal in read(rules).literals:
            right = meant(literal)
            if right:
                how = "without quotes" if literal.bare else f"instead of {right}"
                yield Holds(
                    subject=f"{trust.key}: {literal.text}",
                    title=f"A rule of {trust.value.name or trust.key}, line {literal.line}, has {literal.text} {how}",
                    severity=_harmless(farm, trust, right),
                    evidence=(trust,),
                    remedy=(append(farm, trust, right),),
                )


def _harmless(farm: Farm, trust: Held, claim_type: str) -> Severity | None:
    """Return info where the claim passes by another rule."""
    found = fate(farm, trust, claim_type)
    return Severity.INFO if found is not None and found.outcome is Outcome.UNCHANGED else None


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
