"""What the AD FS cmdlets say, on the primary and on the secondary of a farm with WID."""

import base64
from datetime import datetime, timedelta
from typing import Final

from farmsight_lab.farm.state import Json, Mode
from farmsight_lab.names import CERTAUTH, DOMAIN, FEDERATION_SERVICE, SERVERS, ServerName
from farmsight_lab.pki.hierarchy import Pki

PRIMARY: Final = "STS01"
OFFICE_365: Final = "urn:federation:MicrosoftOnline"
SERIAL_NUMBER: Final = "http://schemas.microsoft.com/ws/2008/06/identity/claims/serialnumber"
ISSUER: Final = "http://schemas.microsoft.com/2012/12/certificatecontext/field/issuer"

_ONLY_ON_PRIMARY: Final = (
    "Get-AdfsProperties",
    "Get-AdfsGlobalAuthenticationPolicy",
    "Get-AdfsAuthenticationProvider",
    "Get-AdfsEndpoint",
    "Get-AdfsCertificate",
    "Get-AdfsClaimsProviderTrust",
    "Get-AdfsRelyingPartyTrust",
    "Get-AdfsFarmInformation",
)
_PATHS: Final = (
    ("/adfs/ls/", "Anonymous", "SAML 2.0/WS-Federation"),
    ("/adfs/services/trust/mex", "Anonymous", "WS-Mex"),
    ("/adfs/services/trust/2005/certificatemixed", "Certificate", "WS-Trust 2005"),
    ("/adfs/services/trust/2005/certificatetransport", "Certificate", "WS-Trust 2005"),
    ("/adfs/services/trust/13/certificatemixed", "Certificate", "WS-Trust 1.3"),
    ("/adfs/services/trust/2005/usernamemixed", "Password", "WS-Trust 2005"),
    ("/adfs/services/trust/13/usernamemixed", "Password", "WS-Trust 1.3"),
    ("/FederationMetadata/2007-06/FederationMetadata.xml", "Anonymous", "Federation Metadata"),
)


def pass_through(claim_type: str, name: str) -> str:
    """Return a rule that passes a claim type through."""
    return f'@RuleName = "{name}"\nc:[Type == "{claim_type}"]\n => issue(claim = c);\n'


def adfs_evidence(server: ServerName, pki: Pki, now: datetime, mode: Mode) -> Json:
    """Return NAME_adfs.json of a node."""
    primary = server.name == PRIMARY
    evidence: Json = {
        "CollectedAt": now.isoformat(),
        "Computer": server.name,
        "Get-AdfsSslCertificate": _ssl(pki, mode),
        "Get-AdfsSyncProperties": _sync(primary, now),
        "Errors": {},
    }
    if primary:
        evidence |= _primary(pki, now, mode)
    else:
        message = (
            "PS0033: This cmdlet cannot be executed from a secondary server in a local database farm. "
            f"The primary server is presently: {PRIMARY.lower()}.{DOMAIN}."
        )
        evidence["Errors"] = {cmdlet: {"Reason": "not-primary", "Message": message} for cmdlet in _ONLY_ON_PRIMARY}
    return evidence


def _primary(pki: Pki, now: datetime, mode: Mode) -> Json:
    return {
        "Get-AdfsProperties": _properties(mode),
        "Get-AdfsGlobalAuthenticationPolicy": {
            "PrimaryExtranetAuthenticationProvider": ["FormsAuthentication", "CertificateAuthentication"],
            "PrimaryIntranetAuthenticationProvider": ["WindowsAuthentication", "CertificateAuthentication"],
            "AdditionalAuthenticationProvider": [],
            "DeviceAuthenticationEnabled": False,
            "WindowsIntegratedFallbackEnabled": True,
        },
        "Get-AdfsAuthenticationProvider": _providers(),
        "Get-AdfsEndpoint": [_endpoint(*row) for row in _PATHS],
        "Get-AdfsCertificate": [
            _certificate(pki, kind, name)
            for kind, name in (
                ("Service-Communications", "farm-tls"),
                ("Token-Signing", "signing"),
                ("Token-Decrypting", "decrypting"),
            )
        ],
        "Get-AdfsClaimsProviderTrust": [_active_directory()],
        "Get-AdfsRelyingPartyTrust": [_office_365()],
        "Get-AdfsFarmInformation": _information(now),
    }


def _properties(mode: Mode) -> Json:
    return {
        "HostName": FEDERATION_SERVICE,
        "Identifier": f"http://{FEDERATION_SERVICE}/adfs/services/trust",
        "HttpPort": 80,
        "HttpsPort": 443,
        "TlsClientPort": 49443 if mode == "49443" else 443,
        "ClientCertRevocationCheck": "None",
        "AutoCertificateRollover": True,
        "CurrentFarmBehavior": 4,
        "ExtendedProtectionTokenCheck": "Allow",
        "LogLevel": ["Errors", "Information", "Warnings"],
        "ArtifactDbConnection": "Data Source=np:\\\\.\\pipe\\microsoft##wid\\tsql\\query;"
        "Initial Catalog=AdfsArtifactStore;Integrated Security=True",
    }


def _providers() -> list[Json]:
    def provider(name: str, shown: str, extranet: bool, additional: bool, methods: list[str]) -> Json:
        return {
            "Name": name,
            "AdminName": shown,
            "AllowedForPrimaryExtranet": extranet,
            "AllowedForPrimaryIntranet": True,
            "AllowedForAdditionalAuthentication": additional,
            "AuthenticationMethods": methods,
        }

    client = "urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient"
    password = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
    return [
        provider("CertificateAuthentication", "Certificate Authentication", True, True, [client]),
        provider("FormsAuthentication", "Forms Authentication", True, False, [password]),
        provider(
            "WindowsAuthentication", "Windows Authentication", False, False, ["urn:federation:authentication:windows"]
        ),
    ]


def _endpoint(path: str, credential: str, protocol: str) -> Json:
    transport = path.endswith("certificatetransport")
    port = ":49443" if transport else ""
    return {
        "AddressPath": path,
        "Enabled": True,
        "Proxy": True,
        "Protocol": protocol,
        "ClientCredentialType": credential,
        "FullUrl": f"https://{FEDERATION_SERVICE}{port}{path}",
        "SecurityMode": "Transport" if transport or credential == "Anonymous" else "Mixed",
        "Version": "wstrust13" if "/13/" in path else "default",
    }


def _certificate(pki: Pki, kind: str, name: str) -> Json:
    own = kind != "Service-Communications"
    return {
        "CertificateType": kind,
        "IsPrimary": True,
        "StoreLocation": "CurrentUser" if own else "LocalMachine",
        "StoreName": "My",
        "Thumbprint": pki[name].thumbprint.upper(),
        "RawData": base64.b64encode(pki[name].der).decode(),
        "HasPrivateKey": True,
    }


def _active_directory() -> Json:
    return {
        "Name": "Active Directory",
        "Identifier": "AD AUTHORITY",
        "Enabled": True,
        "AcceptanceTransformRules": pass_through(SERIAL_NUMBER, "serial number of certificate")
        + pass_through(ISSUER, "issuer of certificate"),
    }


def _office_365() -> Json:
    return {
        "Name": "Microsoft Office 365 Identity Platform",
        "Identifier": [OFFICE_365, "https://login.microsoftonline.com/extSTS.srf"],
        "Enabled": True,
        "IssuanceTransformRules": pass_through("http://schemas.xmlsoap.org/claims/UPN", "UPN")
        + pass_through(SERIAL_NUMBER, "serial number of certificate")
        + pass_through(ISSUER, "issuer of certificate"),
        "IssuanceAuthorizationRules": None,
        "AdditionalAuthenticationRules": None,
        "AccessControlPolicyName": "Permit everyone",
        "SignatureAlgorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "AllowedAuthenticationClassReferences": [],
    }


def _information(now: datetime) -> Json:
    return {
        "CurrentFarmBehavior": 4,
        "FarmNodes": [
            {
                "FQDN": server.fqdn,
                "BehaviorLevel": 4,
                "HeartbeatTimestamp": now.replace(minute=0, second=0, microsecond=0).isoformat(),
                "NodeType": "PrimaryComputer" if server.name == PRIMARY else "SecondaryComputer",
            }
            for server in SERVERS
            if server.role == "adfs"
        ],
    }


def _ssl(pki: Pki, mode: Mode) -> list[Json]:
    asking = (FEDERATION_SERVICE, 49443) if mode == "49443" else (CERTAUTH, 443)
    rows = [(FEDERATION_SERVICE, 443), ("localhost", 443), (f"EnterpriseRegistration.{DOMAIN}", 443), asking]
    return [
        {
            "HostName": name,
            "PortNumber": port,
            "CertificateHash": pki["farm-tls"].thumbprint.upper(),
            "CtlStoreName": None if (name, port) == asking else "AdfsTrustedDevices",
            "AppId": "5d89a20c-beab-4389-9447-324788eb944a",
            "AcceptClientCerts": (name, port) == asking,
        }
        for name, port in rows
    ]


def _sync(primary: bool, now: datetime) -> Json:
    if primary:
        return {"Role": "PrimaryComputer"}
    name = f"{PRIMARY}.{DOMAIN}"
    return {
        "Role": "SecondaryComputer",
        "LastSyncFromPrimaryComputerName": name,
        "LastSyncStatus": 0,
        "LastSyncTime": (now - timedelta(seconds=30)).replace(microsecond=0).isoformat(),
        "PollDuration": 300,
        "PrimaryComputerName": name,
        "PrimaryComputerPort": 80,
    }
