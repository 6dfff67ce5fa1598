"""Entra takes AD FS's word on a second factor."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.entra.commands import federation
from farmsight_collector.rules.entra.domains import federated
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict

REJECTS = "rejectmfabyfederatedidp"


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for federated domains in which Entra asks for a second factor whatever AD FS did."""
    for domain in federated(farm):
        if domain.value.mfa_behavior.lower() == REJECTS:
            yield Holds(
                subject=domain.key,
                title=f"{domain.key}: Entra asks for a second factor after sign-in by certificate",
                evidence=(domain,),
                remedy=(
                    federation(
                        domain, "FederatedIdpMfaBehavior", "acceptIfMfaDoneByFederatedIdp", domain.value.mfa_behavior
                    ),
                ),
            )


RULE = Rule(
    code="entra.mfa-rejected",
    catalogue=("ENTRA-19",),
    severity=Severity.INFO,
    roles=frozenset({"adfs"}),
    reads=("entra-domain",),
    what="federatedIdpMfaBehavior of a domain rejects the second factor that AD FS vouches for.",
    why="Where a certificate is meant to be the second factor, users are asked for another one; it may be intended.",
    remedy="Set acceptIfMfaDoneByFederatedIdp, and let AD FS issue the claim authnmethodsreferences.",
    check="Get-MgDomainFederationConfiguration: keep FederatedIdpMfaBehavior; does AD FS issue the claim?",
    undo="Update-MgDomainFederationConfiguration with the value that was kept.",
    source="Microsoft Graph, internalDomainFederation, federatedIdpMfaBehavior",
    on_farm=check,
)
