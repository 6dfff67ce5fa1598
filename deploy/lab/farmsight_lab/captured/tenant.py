"""The tenant's side as the older cmdlets print it: trusted CAs, and the federation settings of a domain."""

import base64
from collections.abc import Mapping
from typing import Final

from cryptography import x509

from farmsight_lab.captured.names import in_one_line
from farmsight_lab.captured.powershell import listing
from farmsight_lab.farm.state import Json

_PROMPTS: Final = {
    "nativeSupport": "NativeSupport",
    "disabled": "Disabled",
    "translateToFreshPasswordAuthentication": "TranslateToFreshPasswordAuth",
}


def trusted_cas(entra: Json, width: int) -> str:
    """Return what Get-AzureADTrustedCertificateAuthority, or its successor, prints."""
    rows = entra["certificateBasedAuthConfiguration"]["value"][0]["certificateAuthorities"]
    return listing([_authority(row) for row in rows], width)


def _authority(row: Json) -> Mapping[str, object]:
    der = base64.b64decode(row["certificate"])
    certificate = x509.load_der_x509_certificate(der)
    ski = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    return {
        "AuthorityType": "RootAuthority" if row["isRootAuthority"] else "IntermediateAuthority",
        "CrlDistributionPoint": row["certificateRevocationListUrl"],
        "DeltaCrlDistributionPoint": row["deltaCertificateRevocationListUrl"],
        "TrustedCertificate": der,
        "TrustedIssuer": in_one_line(certificate.subject),
        "TrustedIssuerSki": ski.hex().upper(),
    }


def federation(entra: Json, domain: str, width: int) -> str | None:
    """Return what Get-MsolDomainFederationSettings prints of a domain; None for one that is not federated."""
    rows = entra["federationConfiguration"].get(domain, {}).get("value", ())
    return listing([_settings(row) for row in rows], width) if rows else None


def _settings(row: Json) -> Mapping[str, object]:
    prompt = row["promptLoginBehavior"]
    return {
        "ActiveLogOnUri": row["activeSignInUri"],
        "DefaultInteractiveAuthenticationMethod": None,
        "FederationBrandName": row["displayName"],
        "IssuerUri": row["issuerUri"],
        "LogOffUri": row["signOutUri"],
        "MetadataExchangeUri": row["metadataExchangeUri"],
        "NextSigningCertificate": row["nextSigningCertificate"],
        "OpenIdConnectDiscoveryEndpoint": None,
        "PassiveLogOnUri": row["passiveSignInUri"],
        "PreferredAuthenticationProtocol": "WsFed",
        "PromptLoginBehavior": _PROMPTS.get(prompt, prompt),
        "SigningCertificate": row["signingCertificate"],
        "SigningCertificateUpdateStatus": None,
        "SupportsMfa": False,
    }
