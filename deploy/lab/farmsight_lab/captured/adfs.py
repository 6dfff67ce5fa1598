"""The article's three AD FS cmdlets, as text: authentication methods and the two trusts with their claim rules."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from farmsight_lab.captured.plan import Style
from farmsight_lab.captured.powershell import listing, refusal
from farmsight_lab.farm.state import Json

# What each built-in method answers to, which a default installation prints.
_METHODS: Final = {
    "FormsAuthentication": (
        "urn:oasis:names:tc:SAML:1.0:am:password",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password",
    ),
    "WindowsAuthentication": (
        "urn:ietf:rfc:1510",
        "urn:federation:authentication:windows",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos",
        "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/kerberos",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos5",
    ),
    "CertificateAuthentication": (
        "urn:ietf:rfc:2246",
        "urn:oasis:names:tc:SAML:1.0:am:X509-PKI",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:X509",
        "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/tlsclient",
    ),
}
OFFICE_365_NAME: Final = "Microsoft Office 365 Identity Platform"
_NEVER: Final = datetime(1900, 1, 1, tzinfo=UTC)
_KINDS: Final = {"denied": "PermissionDenied"}


def texts(document: Json, style: Style) -> dict[str, tuple[str, str]]:
    """Return command and output of each of the three, by the name of its file after the computer's."""
    asked = (
        ("authprovider.txt", "Get-AdfsAuthenticationProvider", _provider),
        ("claimstrust.txt", 'Get-AdfsClaimsProviderTrust -Name "Active Directory"', _claims_trust),
        ("rptrust.txt", f'Get-AdfsRelyingPartyTrust -Name "{OFFICE_365_NAME}"', _relying_party_trust),
    )
    return {name: (command, _answer(document, command, row_of, style)) for name, command, row_of in asked}


def _answer(document: Json, command: str, row_of: Callable[[Json, Style], Mapping[str, object]], style: Style) -> str:
    cmdlet = command.split(maxsplit=1)[0]
    refused = document["Errors"].get(cmdlet)
    if refused is not None:
        kind = _KINDS.get(refused["Reason"], "NotSpecified")
        return refusal(command, refused["Message"], kind, style.width)
    rows = document.get(cmdlet, ())
    return listing([row_of(row, style) for row in rows], style.width) if rows else ""


def _provider(row: Json, style: Style) -> Mapping[str, object]:  # noqa: ARG001 - every row has the one form
    return {
        "AdminName": row["AdminName"],
        "AllowedForPrimaryExtranet": row["AllowedForPrimaryExtranet"],
        "AllowedForPrimaryIntranet": row["AllowedForPrimaryIntranet"],
        "AllowedForAdditionalAuthentication": row["AllowedForAdditionalAuthentication"],
        "AuthenticationMethods": _METHODS.get(row["Name"], row["AuthenticationMethods"]),
        "Descriptions": (),
        "DisplayNames": (),
        "Name": row["Name"],
        "IdentityClaims": (),
        "IsCustom": False,
        "RequiresIdentity": False,
    }


def _claims_trust(row: Json, style: Style) -> Mapping[str, object]:
    return {
        "AcceptanceTransformRules": row["AcceptanceTransformRules"],
        "AllowCreate": True,
        "AnchorClaimType": "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname",
        "AutoUpdateEnabled": False,
        "ClaimOffered": (),
        "ConflictWithPublishedPolicy": False,
        "CustomMFAUri": None,
        "Enabled": row["Enabled"],
        "EncryptedNameIdRequired": False,
        "EncryptionCertificate": None,
        "EncryptionCertificateRevocationCheck": "CheckChainExcludeRoot",
        "Identifier": row["Identifier"],
        "IsLocal": True,
        "LastMonitoredTime": style.words.moment(_NEVER, seconds=True),
        "Name": row["Name"],
        "Notes": None,
        "OrganizationalAccountSuffix": (),
        "PromptLoginFederation": "FallbackToProtocolSpecificParameters",
        "SignatureAlgorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "SupportsMfa": False,
        "TokenSigningCertificates": (),
    }


def _relying_party_trust(row: Json, style: Style) -> Mapping[str, object]:
    return {
        "AccessControlPolicyName": row["AccessControlPolicyName"],
        "AdditionalAuthenticationRules": row["AdditionalAuthenticationRules"],
        "AllowedAuthenticationClassReferences": row["AllowedAuthenticationClassReferences"],
        "AllowedClientTypes": "Public, Confidential",
        "AlwaysRequireAuthentication": False,
        "AutoUpdateEnabled": True,
        "ClaimsProviderName": (),
        "EnableJWT": False,
        "Enabled": row["Enabled"],
        "EncryptClaims": True,
        "Identifier": row["Identifier"],
        "IssuanceAuthorizationRules": row["IssuanceAuthorizationRules"],
        "IssuanceTransformRules": row["IssuanceTransformRules"],
        "LastMonitoredTime": style.words.moment(_NEVER, seconds=True),
        "MetadataUrl": "https://nexus.microsoftonline-p.com/federationmetadata/2007-06/federationmetadata.xml",
        "MonitoringEnabled": True,
        "Name": row["Name"],
        "NotBeforeSkew": 0,
        "Notes": None,
        "ProtocolProfile": "WsFed-SAML",
        "PublishedThroughProxy": False,
        "SamlResponseSignature": "AssertionOnly",
        "SignatureAlgorithm": row["SignatureAlgorithm"],
        "SigningCertificateRevocationCheck": "CheckChainExcludeRoot",
        "TokenLifetime": 0,
        "WSFedEndpoint": "https://login.microsoftonline.com/login.srf",
    }
