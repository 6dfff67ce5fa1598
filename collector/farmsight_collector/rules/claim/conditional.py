"""Serial number and issuer pass for every user, and as they are."""

from collections.abc import Iterator

from farmsight_collector.claimrules.reaching import Outcome
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.claim.trusts import WORDS, active_directory, append, doubt, fate, office365
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Run the rules of both trusts for every way in which open questions may be answered."""
    for trust in (*active_directory(farm), *office365(farm)):
        for claim_type in WORDS:
            yield from _judge(farm, trust, claim_type)


def _judge(farm: Farm, trust: Held, claim_type: str) -> Iterator[Verdict]:
    found = fate(farm, trust, claim_type)
    if found is None or found.outcome is Outcome.CANNOT_TELL:
        yield doubt(trust, found)
    elif found.outcome in (Outcome.CONDITIONAL, Outcome.REWRITTEN):
        which = f" ({found.rule.words})" if found.rule else ""
        name, word = trust.value.name or trust.key, WORDS[claim_type]
        yield Holds(
            subject=f"{trust.key}: {word}",
            title=f"{name}: the certificate's {word} passes under a condition or changed{which}: {found.why}",
            evidence=(trust,),
            remedy=(append(farm, trust, claim_type),),
        )


RULE = Rule(
    code="claim.conditional",
    catalogue=("CLAIM-06",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs"}),
    reads=("adfs-trust",),
    what="Serial number or issuer pass a trust only under further conditions, by a filter, or with another value.",
    why="Entra learns of the certificates of part of the users only: the others' can't be checked for revocation.",
    remedy="Replace the rule by a plain pass-through, or append one.",
    check="Keep the trust's rules in a file: Get-Adfs... | Select-Object -ExpandProperty ...TransformRules.",
    undo="Set-Adfs... with the rules that were kept.",
    source="AD FS claim rule language; Microsoft KB 4032987, AD FS and WAP configuration, step 4",
    on_farm=check,
)
