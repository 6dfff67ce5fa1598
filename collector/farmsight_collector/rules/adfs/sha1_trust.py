"""Tokens for Entra are signed with SHA-256."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.adfs.commands import office365
from farmsight_collector.rules.adfs.entra_party import entra_party
from farmsight_collector.rules.commands import quoted
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict

SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


def check(farm: Farm) -> Iterator[Verdict]:
    """Look at the signature algorithm of the relying-party trust for Entra."""
    for trust in entra_party(farm):
        algorithm = trust.value.signature_algorithm.strip()
        if not algorithm:
            yield CannotTell(
                subject=trust.key, reason="its signature algorithm is not shown", probe="adfs", part="trusts"
            )
        elif algorithm.lower() != SHA256:
            yield Holds(
                subject=trust.key,
                title=f"{trust.value.name or trust.key} signs with {algorithm}",
                evidence=(trust,),
                remedy=(office365(farm, trust, "SignatureAlgorithm", SHA256, quoted(trust.value.signature_algorithm)),),
            )


RULE = Rule(
    code="adfs.sha1-trust",
    catalogue=("ADFS-12",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs"}),
    reads=("adfs-trust",),
    what="The relying-party trust for Entra is not set to sign with RSA and SHA-256.",
    why="SHA-1 signatures are called for replacement by Entra, and may be refused.",
    remedy="Set the trust's signature algorithm to rsa-sha256.",
    check="Get-AdfsRelyingPartyTrust of the trust: SignatureAlgorithm.",
    undo="Set-AdfsRelyingPartyTrust with the former algorithm.",
    source="adfsToolbox TestADFSO365RelyingParty",
    on_farm=check,
)
