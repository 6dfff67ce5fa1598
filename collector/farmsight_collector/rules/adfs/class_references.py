"""The trust for Entra lets certificates count as authentication."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.adfs.commands import listing, office365
from farmsight_collector.rules.adfs.entra_party import entra_party
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict

# SAML 2.0 authentication context classes of certificates, and WS-Federation's own names for them.
OF_CERTIFICATES: Final = ("tlsclient", "x509", "smartcardpki")


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for a list of allowed classes in which none is of certificates; without a list all are allowed."""
    for trust in entra_party(farm):
        allowed = [name for name in trust.value.allowed_authentication_class_references if name.strip()]
        if allowed and not any(word in name.lower() for name in allowed for word in OF_CERTIFICATES):
            yield Holds(
                subject=trust.key,
                title=f"{trust.value.name or trust.key} allows {', '.join(allowed[:3])} only",
                evidence=(trust,),
                remedy=(office365(farm, trust, "AllowedAuthenticationClassReferences", "@()", listing(allowed)),),
            )


RULE = Rule(
    code="adfs.class-references",
    catalogue=("ADFS-18",),
    severity=Severity.INFO,
    roles=frozenset({"adfs"}),
    reads=("adfs-trust",),
    what="The trust for Entra has a list of allowed authentication classes, and none of certificates is on it.",
    why="What AD FS says of the sign-in may not be what was asked for (AADSTS75011).",
    remedy="Empty the list, or add the classes of certificates (TLSClient, X509).",
    check="Get-AdfsRelyingPartyTrust of the trust: keep AllowedAuthenticationClassReferences.",
    undo="Set-AdfsRelyingPartyTrust with the list that was kept.",
    source="Set-AdfsRelyingPartyTrust, cmdlet reference; how Entra answers is field experience",
    on_farm=check,
)
