"""Faults of the AD FS configuration, its trusts and the farm's synchronisation."""

# ruff: noqa: ARG001 - every fault has the one form

import base64
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from farmsight_lab.farm.adfs import ISSUER, PRIMARY, SERIAL_NUMBER, pass_through
from farmsight_lab.farm.state import Farm, Json, Server
from farmsight_lab.faults.fault import FaultKind, Parameter, Values, certificate

_CLAIMS: Final = {"serialnumber": SERIAL_NUMBER, "issuer": ISSUER}
_RULES: Final = {
    "active-directory": ("Get-AdfsClaimsProviderTrust", "AcceptanceTransformRules"),
    "office-365": ("Get-AdfsRelyingPartyTrust", "IssuanceTransformRules"),
}
_TRUST = Parameter(name="trust", what="which trust", choices=tuple(_RULES))
_CLAIM = Parameter(name="claim", what="which claim", choices=tuple(_CLAIMS))


def _primary(farm: Farm) -> Json:
    adfs = farm.servers[PRIMARY].adfs
    assert adfs is not None
    return adfs


def _method(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    adfs, place = _primary(farm), str(values["where"]).capitalize()
    for provider in adfs["Get-AdfsAuthenticationProvider"]:
        if provider["Name"] == "CertificateAuthentication":
            provider[f"AllowedForPrimary{place}"] = False
    chosen = adfs["Get-AdfsGlobalAuthenticationPolicy"][f"Primary{place}AuthenticationProvider"]
    chosen.remove("CertificateAuthentication")


def _endpoint(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    rows = {row["AddressPath"]: row for row in _primary(farm)["Get-AdfsEndpoint"]}
    rows[values["path"]]["Enabled" if values["what"] == "enabled" else "Proxy"] = False


def _property(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    _primary(farm)["Get-AdfsProperties"][values["name"]] = values["value"]


def _rule_missing(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    _rewrite(farm, values, "")


def _rule_misspelt(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    claim = _CLAIMS[values["claim"]].replace("http://", "https://")
    _rewrite(farm, values, pass_through(claim, _rule_name(values)))


def _rewrite(farm: Farm, values: Values, rule: str) -> None:
    cmdlet, field = _RULES[values["trust"]]
    right = pass_through(_CLAIMS[values["claim"]], _rule_name(values))
    for trust in _primary(farm)[cmdlet]:
        trust[field] = trust[field].replace(right, rule)


def _rule_name(values: Values) -> str:
    return "serial number of certificate" if values["claim"] == "serialnumber" else "issuer of certificate"


def _trust(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    if values["how"] == "disabled":
        _primary(farm)["Get-AdfsRelyingPartyTrust"][0]["Enabled"] = False
    else:
        _primary(farm)["Get-AdfsRelyingPartyTrust"] = []


def _sync_failed(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    then = (farm.now - timedelta(hours=values["hours"])).replace(microsecond=0).isoformat()
    for server in servers:
        assert server.adfs is not None
        server.adfs["Get-AdfsSyncProperties"] |= {"LastSyncStatus": values["status"], "LastSyncTime": then}


def _second_primary(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        assert server.adfs is not None
        server.adfs["Get-AdfsSyncProperties"] = {"Role": "PrimaryComputer"}


def _ssl_certificate(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    thumbprint = farm.pki[values["certificate"]].thumbprint
    for server in servers:
        for binding in server.bindings:
            binding.thumbprint = thumbprint
        for listening in server.listening:
            listening.certificate = values["certificate"]
        server.stores["MY"][0].certificate = values["certificate"]
        rows = server.adfs or server.wap or {}
        for name in ("Get-AdfsSslCertificate", "Get-WebApplicationProxySslCertificate"):
            for row in rows.get(name, ()):
                row["CertificateHash"] = thumbprint.upper()


def _signing(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    """Let the token-signing certificate be another, which the tenant knows, and which nothing renews."""
    adfs, one = _primary(farm), farm.pki[values["certificate"]]
    adfs["Get-AdfsProperties"]["AutoCertificateRollover"] = False
    for row in adfs["Get-AdfsCertificate"]:
        if row["CertificateType"] == "Token-Signing":
            row |= {"Thumbprint": one.thumbprint.upper(), "RawData": base64.b64encode(one.der).decode()}
    if farm.entra is not None:
        for held in farm.entra["federationConfiguration"].values():
            held["value"][0]["signingCertificate"] = base64.b64encode(one.der).decode()


def _unknown_node(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    nodes = _primary(farm)["Get-AdfsFarmInformation"]["FarmNodes"]
    nodes.append({**nodes[-1], "FQDN": values["name"]})


FAULTS = (
    FaultKind(
        name="signing-certificate",
        what="the token-signing certificate is another, and is not renewed by itself",
        plant=_signing,
        on="farm",
        parameters=(certificate("old-signing", "old-signing", "next-signing"),),
    ),
    FaultKind(
        name="node-unknown",
        what="the farm lists a node that nobody looked at",
        plant=_unknown_node,
        on="farm",
        parameters=(Parameter(name="name", what="its name", default="sts03.contoso.test"),),
    ),
    FaultKind(
        name="certificate-authentication-off",
        what="certificate authentication is not allowed",
        plant=_method,
        on="farm",
        parameters=(Parameter(name="where", what="for whom", default="extranet", choices=("extranet", "intranet")),),
    ),
    FaultKind(
        name="endpoint-off",
        what="an AD FS endpoint is disabled, or not published through the proxy",
        plant=_endpoint,
        on="farm",
        parameters=(
            Parameter(
                name="path",
                what="its address path",
                default="/adfs/services/trust/2005/certificatetransport",
            ),
            Parameter(name="what", what="what is off", default="enabled", choices=("enabled", "proxy")),
        ),
    ),
    FaultKind(
        name="adfs-property",
        what="a property of AD FS has another value",
        plant=_property,
        on="farm",
        parameters=(
            Parameter(name="name", what="as Get-AdfsProperties names it"),
            Parameter(name="value", what="what it is", kind=object),
        ),
    ),
    FaultKind(
        name="claim-rule-missing",
        what="a trust lacks a rule that passes a claim through",
        plant=_rule_missing,
        on="farm",
        parameters=(_TRUST, _CLAIM),
    ),
    FaultKind(
        name="claim-rule-misspelt",
        what="a rule names the claim type with https:// in place of http://",
        plant=_rule_misspelt,
        on="farm",
        parameters=(_TRUST, _CLAIM),
    ),
    FaultKind(
        name="office-365-trust",
        what="the trust with the tenant is disabled or missing",
        plant=_trust,
        on="farm",
        parameters=(Parameter(name="how", what="in what way", default="disabled", choices=("disabled", "missing")),),
    ),
    FaultKind(
        name="sync-failed",
        what="a secondary does not get the configuration any more",
        plant=_sync_failed,
        roles=("adfs",),
        parameters=(
            Parameter(name="status", what="LastSyncStatus", kind=int, default=1),
            Parameter(name="hours", what="since when", kind=int, default=26),
        ),
    ),
    FaultKind(
        name="second-primary",
        what="a node takes itself for the primary",
        plant=_second_primary,
        roles=("adfs",),
    ),
    FaultKind(
        name="ssl-certificate",
        what="a server has another TLS certificate in every binding and in MY",
        plant=_ssl_certificate,
        parameters=(certificate("other-tls", "other-tls", "plain-tls", "expired-tls"),),
    ),
)
