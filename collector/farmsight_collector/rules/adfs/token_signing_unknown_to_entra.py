"""Entra knows the certificate that AD FS signs tokens with."""

from collections.abc import Iterator
from dataclasses import replace

from farmsight_collector.model.bindings import service_name
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.entra.commands import federation
from farmsight_collector.rules.entra.domains import federated_here
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for the primary signing certificate among those of each domain that is federated with this farm."""
    certificates = farm.known("adfs-certificate", farm.of_role("adfs"))
    primary = [c for c in certificates if c.value.type == "Token-Signing" and c.value.primary == facts_pb2.TRISTATE_YES]
    domains = federated_here(farm, service_name(farm))
    if not primary:
        yield CannotTell(reason="no primary token-signing certificate is shown", probe="adfs", part="certificates")
        return
    for domain in domains:
        known = _known(domain)
        if not known:
            yield CannotTell(subject=domain.key, reason="the domain's signing certificate is not shown", probe="entra")
        elif not known & {c.value.certificate.sha1 for c in primary}:
            yield Holds(
                subject=domain.key,
                title=f"Entra does not know the certificate that AD FS signs tokens for {domain.key} with",
                evidence=(domain, *primary),
                remedy=(
                    replace(
                        federation(
                            domain,
                            "SigningCertificate",
                            "([Convert]::ToBase64String($c.RawData))",
                            "$now.SigningCertificate",
                            "$all = Get-AdfsCertificate -CertificateType Token-Signing",
                            "$c = ($all | Where-Object IsPrimary).Certificate",
                        ),
                        server=primary[0].server,
                    ),
                ),
            )


def _known(domain: Held) -> set[str]:
    both = (domain.value.signing_certificate, domain.value.next_signing_certificate)
    return {certificate.sha1 for certificate in both if certificate.sha1}


RULE = Rule(
    code="adfs.token-signing-unknown-to-entra",
    catalogue=("ADFS-13",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs"}),
    reads=("adfs-certificate", "entra-domain"),
    what="The primary token-signing certificate of AD FS is not the one that Entra holds for a federated domain.",
    why="Entra refuses every token of AD FS (AADSTS50008), typically after a roll-over.",
    remedy="Update the federation trust with Entra Connect or Microsoft Graph.",
    check="Get-MgDomainFederationConfiguration of the domain: keep SigningCertificate.",
    undo="Update-MgDomainFederationConfiguration with the certificate that was kept.",
    source="AD FS troubleshooting, certificates; Get-MsolFederationProperty samples",
    on_farm=check,
)
