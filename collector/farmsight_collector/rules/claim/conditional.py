"""Serial number and issuer pass for every user, and as they are."""

from collections.abc import Iterator

from farmsight_collector.claimrules.passing import Passing, passing
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.claim.trusts import WORDS, active_directory, append, office365, rule_set
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for claim types that pass through conditional rules only, on both trusts."""
    for trust in (*active_directory(farm), *office365(farm)):
        for claim_type in WORDS:
            yield from _judge(trust, claim_type)


def _judge(trust: Held, claim_type: str) -> Iterator[Verdict]:
    rules = rule_set(trust)
    if rules is None:
        yield CannotTell(subject=trust.key, reason="its rules are not shown", probe="adfs", part="trusts")
        return
    answer = passing(rules, claim_type)
    if answer.passing is not Passing.CONDITIONAL or answer.rule is None:
        return
    if rules.unreadable:
        place = rules.unreadable[0]
        reason = f"a rule can't be read at line {place.line}, column {place.column}; it may let every claim pass"
        yield CannotTell(subject=trust.key, reason=reason, probe="adfs", part="trusts")
        return
    which = f'"{answer.rule.name}"' if answer.rule.name else f"in line {answer.rule.line}"
    name = trust.value.name or trust.key
    yield Holds(
        subject=f"{trust.key}: {WORDS[claim_type]}",
        title=f"{name}: the certificate's {WORDS[claim_type]} passes under a condition or changed (rule {which})",
        evidence=(trust,),
        remedy=(append(trust, claim_type),),
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
