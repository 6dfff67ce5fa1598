"""The tenant's side, as Graph answers: trusted CAs, the federated domain, the domains."""

import base64

from farmsight_lab.farm.state import Json
from farmsight_lab.names import DOMAIN, FEDERATION_SERVICE, PKI_URL
from farmsight_lab.pki.hierarchy import WITH_DELTA, Pki, crl_path, delta_path

TENANT_CAS = ("root", "policy", "issuing-1", "issuing-2")


def tenant(pki: Pki) -> Json:
    """Return entra.json."""
    return {
        "certificateBasedAuthConfiguration": {
            "value": [
                {
                    "id": "29728ade-6ae4-4ee9-9103-412912537da5",
                    "certificateAuthorities": [_authority(pki, name) for name in TENANT_CAS],
                }
            ]
        },
        "certificateBasedAuthConfigurations": {"value": []},
        "x509Certificate": _policy(),
        "featureRolloutPolicies": {"value": []},
        "federationConfiguration": {DOMAIN: {"value": [_federation(pki)]}},
        "domains": {
            "value": [
                {"id": DOMAIN, "authenticationType": "Federated", "isVerified": True, "isDefault": True},
                {"id": "contoso.onmicrosoft.com", "authenticationType": "Managed", "isVerified": True},
            ]
        },
    }


def _policy() -> Json:
    """Return the tenant's own sign-in by certificate, switched off as it comes."""
    return {
        "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration",
        "id": "X509Certificate",
        "state": "disabled",
        "certificateUserBindings": [
            {"x509CertificateField": "PrincipalName", "userProperty": "userPrincipalName", "priority": 1},
        ],
        "authenticationModeConfiguration": {
            "x509CertificateAuthenticationDefaultMode": "x509CertificateSingleFactor",
            "rules": [],
        },
        "includeTargets": [{"targetType": "group", "id": "all_users", "isRegistrationRequired": False}],
        "excludeTargets": [],
    }


def _authority(pki: Pki, name: str) -> Json:
    return {
        "isRootAuthority": name == "root",
        "certificateRevocationListUrl": PKI_URL + crl_path(name),
        "deltaCertificateRevocationListUrl": PKI_URL + delta_path(name) if name in WITH_DELTA else None,
        "certificate": base64.b64encode(pki[name].der).decode(),
        "issuer": pki[name].certificate.issuer.rfc4514_string(),
        "issuerSki": "",
    }


def _federation(pki: Pki) -> Json:
    base = f"https://{FEDERATION_SERVICE}/adfs"
    return {
        "@odata.type": "#microsoft.graph.internalDomainFederation",
        "id": "6601d14b-d113-8f64-fda2-9b5ddda18ecc",
        "displayName": "Contoso",
        "issuerUri": f"http://{FEDERATION_SERVICE}/adfs/services/trust",
        "metadataExchangeUri": f"{base}/services/trust/mex",
        "signingCertificate": base64.b64encode(pki["signing"].der).decode(),
        "passiveSignInUri": f"{base}/ls/",
        "preferredAuthenticationProtocol": "wsFed",
        "activeSignInUri": f"{base}/services/trust/2005/usernamemixed",
        "signOutUri": f"{base}/ls/",
        "promptLoginBehavior": "nativeSupport",
        "isSignedAuthenticationRequestRequired": False,
        "nextSigningCertificate": None,
        "federatedIdpMfaBehavior": "acceptIfMfaDoneByFederatedIdp",
    }
