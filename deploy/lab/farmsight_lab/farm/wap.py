"""What the Web Application Proxy cmdlets say."""

import base64

from farmsight_lab.farm.state import Json, Mode
from farmsight_lab.names import CERTAUTH, DOMAIN, FEDERATION_SERVICE, SERVERS, ServerName
from farmsight_lab.pki.hierarchy import Pki


def wap_evidence(server: ServerName, pki: Pki, mode: Mode) -> Json:
    """Return NAME_wap.json."""
    asking = (FEDERATION_SERVICE, 49443) if mode == "49443" else (CERTAUTH, 443)
    trust = pki[f"trust-{server.name}"]
    return {
        "Get-WebApplicationProxyConfiguration": {
            "ADFSUrl": f"https://{FEDERATION_SERVICE}/adfs/ls",
            "ConfigurationVersion": "Windows Server 2016",
            "ConnectedServersName": [f"{each.name}.{DOMAIN}" for each in SERVERS if each.role == "wap"],
            "ConfigurationChangesPollingIntervalSec": 30,
        },
        "Get-WebApplicationProxyHealth": [
            {
                "Component": component,
                "RemoteAccessServer": server.name,
                "HealthState": "OK",
                "Heuristics": [],
            }
            for component in ("AD FS Proxy", "Web Application Proxy Core")
        ],
        "Get-WebApplicationProxyApplication": [
            {
                "ID": "4f7a9c52-0b6e-4f8e-9a58-6a1f9c7d2e10",
                "Name": "Timesheets",
                "ExternalUrl": f"https://timesheets.{DOMAIN}/",
                "BackendServerUrl": f"https://timesheets.{DOMAIN}/",
                "ExternalPreauthentication": "ADFS",
                "ExternalCertificateThumbprint": pki["farm-tls"].thumbprint.upper(),
            }
        ],
        "Get-WebApplicationProxySslCertificate": [
            {
                "HostName": name,
                "PortNumber": port,
                "CertificateHash": pki["farm-tls"].thumbprint.upper(),
                "CtlStoreName": None if (name, port) == asking else "AdfsTrustedDevices",
            }
            for name, port in ((FEDERATION_SERVICE, 443), asking)
        ],
        "ProxyService": {
            "HostName": FEDERATION_SERVICE,
            "HostHttpsPort": 443,
            "TlsClientPort": 49443 if mode == "49443" else 443,
        },
        "ProxyTrustCertificates": [
            {
                "Thumbprint": trust.thumbprint.upper(),
                "RawData": base64.b64encode(trust.der).decode(),
                "HasPrivateKey": True,
            }
        ],
        "Errors": {},
    }
