"""Faults of the Web Application Proxy and of its trust with AD FS."""

# ruff: noqa: ARG001 - every fault has the one form

import base64
from collections.abc import Sequence

from farmsight_lab.farm.state import Farm, Json, Server
from farmsight_lab.faults.fault import FaultKind, Parameter, Values


def _wap(server: Server) -> Json:
    assert server.wap is not None
    return server.wap


def _health(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        row = _wap(server)["Get-WebApplicationProxyHealth"][0]
        row["HealthState"] = values["state"]
        row["Heuristics"] = [{"Id": 1, "ErrorDesc": "AD FS is not reachable", "Status": values["state"]}]


def _other_farm(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        _wap(server)["ProxyService"]["HostName"] = values["name"]
        _wap(server)["Get-WebApplicationProxyConfiguration"]["ADFSUrl"] = f"https://{values['name']}/adfs/ls"


def _port(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        _wap(server)["ProxyService"]["TlsClientPort"] = values["port"]


def _trust_lost(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        for node in farm.servers.values():
            rows = node.stores["AdfsTrustedDevices"]
            node.stores["AdfsTrustedDevices"] = [row for row in rows if row.certificate != f"trust-{server.name}"]


def _trust_gone(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        _wap(server)["ProxyTrustCertificates"] = []
        server.stores["MY"] = [row for row in server.stores["MY"] if not row.certificate.startswith("trust-")]


def _application(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        first = _wap(server)["Get-WebApplicationProxyApplication"][0]
        _wap(server)["Get-WebApplicationProxyApplication"].append(
            {
                **first,
                "ID": "0d0f2c3e-7a1b-4d0b-8b57-1f2e3d4c5b6a",
                "Name": "Grabber",
                "ExternalUrl": values["url"],
            }
        )


def _forward_proxy(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        _wap(server)["ProxyService"]["ForwardHttpProxyAddress"] = values["proxy"]


def _trust_expired(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    """Let a proxy's trust certificate be one that ended, which AD FS has taken out by then."""
    _trust_lost(farm, servers, values)
    one = farm.pki["trust-expired"]
    for server in servers:
        encoded = base64.b64encode(one.der).decode()
        row = {"Thumbprint": one.thumbprint.upper(), "RawData": encoded, "HasPrivateKey": True}
        _wap(server)["ProxyTrustCertificates"] = [row]
        for held in server.stores["MY"]:
            if held.certificate.startswith("trust-"):
                held.certificate = "trust-expired"


def _wap_fault(name: str, what: str, plant: object, *parameters: Parameter) -> FaultKind:
    return FaultKind(name=name, what=what, plant=plant, parameters=parameters, roles=("wap",))  # type: ignore[arg-type] # all have the one form


FAULTS = (
    _wap_fault(
        "wap-health",
        "the proxy says that it is not well",
        _health,
        Parameter(name="state", what="what it says", default="Error", choices=("Warning", "Error")),
    ),
    _wap_fault(
        "wap-other-farm",
        "the proxy was set up for another federation service",
        _other_farm,
        Parameter(name="name", what="its name", default="login.fabrikam.test"),
    ),
    _wap_fault(
        "wap-port",
        "the proxy was set up with another port for client certificates",
        _port,
        Parameter(name="port", what="the port", kind=int, default=443),
    ),
    _wap_fault("proxy-trust-lost", "AD FS does not know the proxy's trust certificate", _trust_lost),
    _wap_fault("proxy-trust-expired", "the proxy's trust certificate has ended", _trust_expired),
    _wap_fault(
        "wap-forward-proxy",
        "the proxy was set up to reach AD FS through another one",
        _forward_proxy,
        Parameter(name="proxy", what="its address", default="http://proxy.contoso.test:8080"),
    ),
    _wap_fault("proxy-trust-gone", "the proxy has no trust certificate", _trust_gone),
    _wap_fault(
        "wap-application",
        "a published application has a URL",
        _application,
        Parameter(name="url", what="the URL", default="https://sts.contoso.test/adfs/"),
    ),
)
