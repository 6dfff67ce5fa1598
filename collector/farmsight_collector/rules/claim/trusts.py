"""The two trusts through which serial number and issuer must pass, and their rule sets."""

from collections.abc import Iterator

from farmsight_collector.claimrules.claims import ISSUER, SERIAL, WORDS
from farmsight_collector.claimrules.reaching import Outcome, Reaching, reaching, through_party, through_provider
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.adfs.commands import on_primary
from farmsight_collector.rules.adfs.office365_trust import is_office365
from farmsight_collector.rules.rule import CannotTell, Holds, Remedy, Verdict
from farmsight_wire.v1 import facts_pb2

__all__ = ["ISSUER", "SERIAL", "WORDS", "active_directory", "append", "doubt", "fate", "lacking", "office365", "text"]


def active_directory(farm: Farm) -> tuple[Held, ...]:
    """Return the claims-provider trust of Active Directory; raises UnknownFactError."""
    return tuple(t for t in _trusts(farm) if _is_active_directory(t))


def office365(farm: Farm) -> tuple[Held, ...]:
    """Return the relying-party trust for Entra; raises UnknownFactError."""
    return tuple(
        t for t in _trusts(farm) if t.value.trust_kind == facts_pb2.TRUST_KIND_RELYING_PARTY and is_office365(t)
    )


def text(trust: Held) -> str | None:
    """Return the rules that matter on this trust, or None when its source does not show them."""
    value = trust.value
    if value.trust_kind == facts_pb2.TRUST_KIND_CLAIMS_PROVIDER:
        return str(value.acceptance_transform_rules) if value.acceptance_rules_seen else None
    return str(value.issuance_transform_rules) if value.issuance_rules_seen else None


def fate(farm: Farm, trust: Held, claim_type: str) -> Reaching | None:
    """Return what becomes of a claim on one trust, or None when its rules are not shown.

    A claim that both trusts together bring into the token unchanged fares well on each.
    """
    rules = text(trust)
    if rules is None:
        return None
    provider = trust.value.trust_kind == facts_pb2.TRUST_KIND_CLAIMS_PROVIDER
    found = through_provider(rules, claim_type) if provider else through_party(rules, claim_type)
    if found.outcome is Outcome.UNCHANGED:
        return found
    for other in office365(farm) if provider else active_directory(farm):
        pair = (rules, text(other)) if provider else (text(other), rules)
        together = reaching(*pair)[claim_type]
        if together.outcome is Outcome.UNCHANGED:
            return together
        if found.carried and text(other) is None:
            return together  # under another type, which the other trust's rules may know
    return found


def doubt(trust: Held, found: Reaching | None) -> CannotTell:
    """Return why it is not known what becomes of a claim on a trust."""
    reason = "its rules are not shown" if found is None else ": ".join(filter(None, (found.place, found.why)))
    return CannotTell(subject=trust.key, reason=reason, probe="adfs", part="trusts")


def lacking(farm: Farm, trusts: tuple[Held, ...], claim_type: str) -> Iterator[Verdict]:
    """Yield the verdicts on one claim type: it holds where the claim does not get through for anybody."""
    if not trusts:
        yield CannotTell(reason="the trust is not shown", probe="adfs", part="trusts")
    for trust in trusts:
        found = fate(farm, trust, claim_type)
        if found is None or found.outcome is Outcome.CANNOT_TELL:
            yield doubt(trust, found)
        elif found.outcome in (Outcome.DROPPED, Outcome.MISTYPED):
            yield Holds(
                subject=trust.key,
                title=f"No rule of {trust.value.name or trust.key} lets the certificate's {WORDS[claim_type]} pass",
                evidence=(trust,),
                remedy=(append(farm, trust, claim_type),),
            )


def append(farm: Farm, trust: Held, claim_type: str) -> Remedy:
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
    kept = "C:\\Windows\\Temp\\claim-rules-before.txt"
    return on_primary(
        farm,
        trust.server,
        f"$old = ({get}).{field}",
        f"{put} -{field} ($old + \"`n\" + '{rule}')",
        check=(f"({get}).{field} | Set-Content {kept} -Encoding UTF8",),
        undo=(f"{put} -{field} (Get-Content {kept} -Raw -Encoding UTF8)",),
    )


def _trusts(farm: Farm) -> tuple[Held, ...]:
    return farm.known("adfs-trust", farm.of_role("adfs"))


def _is_active_directory(trust: Held) -> bool:
    if trust.value.trust_kind != facts_pb2.TRUST_KIND_CLAIMS_PROVIDER:
        return False
    names = (trust.value.identifier, trust.value.name, trust.key)
    return any(name.lower() in ("ad authority", "active directory") for name in names)
