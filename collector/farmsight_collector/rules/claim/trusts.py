"""The two trusts through which serial number and issuer must pass, and their rule sets."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.claimrules.parser import read
from farmsight_collector.claimrules.passing import Passing, passing
from farmsight_collector.claimrules.rules import RuleSet
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.adfs.office365_trust import is_office365
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import CannotTell, Holds, Remedy, Verdict
from farmsight_wire.v1 import facts_pb2

SERIAL: Final = "http://schemas.microsoft.com/ws/2008/06/identity/claims/serialnumber"
ISSUER: Final = "http://schemas.microsoft.com/2012/12/certificatecontext/field/issuer"
WORDS: Final = {SERIAL: "serial number", ISSUER: "issuer"}


def active_directory(farm: Farm) -> tuple[Held, ...]:
    """Return the claims-provider trust of Active Directory; raises UnknownFactError."""
    return tuple(t for t in _trusts(farm) if _is_active_directory(t))


def office365(farm: Farm) -> tuple[Held, ...]:
    """Return the relying-party trust for Entra; raises UnknownFactError."""
    return tuple(
        t for t in _trusts(farm) if t.value.trust_kind == facts_pb2.TRUST_KIND_RELYING_PARTY and is_office365(t)
    )


def rule_set(trust: Held) -> RuleSet | None:
    """Return the rules that matter on this trust, or None when its source does not show them."""
    value = trust.value
    if value.trust_kind == facts_pb2.TRUST_KIND_CLAIMS_PROVIDER:
        return read(value.acceptance_transform_rules) if value.acceptance_rules_seen else None
    return read(value.issuance_transform_rules) if value.issuance_rules_seen else None


def lacking(trusts: tuple[Held, ...], claim_type: str) -> Iterator[Verdict]:
    """Yield the verdicts on one claim type: it holds where no rule lets the claim pass."""
    if not trusts:
        yield CannotTell(reason="the trust is not shown", probe="adfs", part="trusts")
    for trust in trusts:
        rules = rule_set(trust)
        if rules is None:
            yield CannotTell(subject=trust.key, reason="its rules are not shown", probe="adfs", part="trusts")
            continue
        answer = passing(rules, claim_type)
        if answer.place is not None:
            place = answer.place
            reason = f"a rule can't be read at line {place.line}, column {place.column}: {place.message}"
            yield CannotTell(subject=trust.key, reason=reason, probe="adfs", part="trusts")
        elif answer.passing is Passing.NO:
            yield Holds(
                subject=trust.key,
                title=f"No rule of {trust.value.name or trust.key} lets the certificate's {WORDS[claim_type]} pass",
                evidence=(trust,),
                remedy=(append(trust, claim_type),),
            )


def append(trust: Held, claim_type: str) -> Remedy:
    """Return the commands that add a pass-through rule to what is there."""
    rule = f'@RuleName="pass {WORDS[claim_type]}" c:[Type == "{claim_type}"] => issue(claim = c);'
    if trust.value.trust_kind == facts_pb2.TRUST_KIND_CLAIMS_PROVIDER:
        get, put, field = (
            "Get-AdfsClaimsProviderTrust -Name 'Active Directory'",
            "Set-AdfsClaimsProviderTrust -TargetName 'Active Directory'",
            "AcceptanceTransformRules",
        )
    else:
        get, put, field = (
            "Get-AdfsRelyingPartyTrust -Identifier urn:federation:MicrosoftOnline",
            "Set-AdfsRelyingPartyTrust -TargetIdentifier urn:federation:MicrosoftOnline",
            "IssuanceTransformRules",
        )
    return powershell(trust.server, f"$old = ({get}).{field}", f"{put} -{field} ($old + \"`n\" + '{rule}')")


def _trusts(farm: Farm) -> tuple[Held, ...]:
    return farm.known("adfs-trust", farm.of_role("adfs"))


def _is_active_directory(trust: Held) -> bool:
    if trust.value.trust_kind != facts_pb2.TRUST_KIND_CLAIMS_PROVIDER:
        return False
    names = (trust.value.identifier, trust.value.name, trust.key)
    return any(name.lower() in ("ad authority", "active directory") for name in names)
