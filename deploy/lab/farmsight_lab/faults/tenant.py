"""Faults of the tenant's side."""

# ruff: noqa: ARG001 - every fault has the one form

import base64
from collections.abc import Sequence
from typing import Any

from farmsight_lab.farm.state import Farm, Json, Server
from farmsight_lab.farm.tenant import TENANT_CAS
from farmsight_lab.faults.fault import FaultKind, Parameter, Values, certificate
from farmsight_lab.names import DOMAIN


def _entra(farm: Farm) -> Json:
    if farm.entra is None:
        raise KeyError("tenant")
    return farm.entra


def authorities(farm: Farm) -> list[Json]:
    """Return the rows of the tenant's certificate authorities, to be changed; raises KeyError without a tenant."""
    rows: list[Json] = _entra(farm)["certificateBasedAuthConfiguration"]["value"][0]["certificateAuthorities"]
    return rows


def _authority(farm: Farm, name: str) -> Json:
    encoded = base64.b64encode(farm.pki[name].der).decode()
    for row in authorities(farm):
        if row["certificate"] == encoded:
            return row
    raise KeyError(f"{name} in the tenant")


def _federation(farm: Farm) -> dict[str, Any]:
    row: Json = _entra(farm)["federationConfiguration"][DOMAIN]["value"][0]
    return row


def _missing(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    authorities(farm).remove(_authority(farm, values["certificate"]))


def _type(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    row = _authority(farm, values["certificate"])
    row["isRootAuthority"] = not row["isRootAuthority"]


def _url(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    field = "deltaCertificateRevocationListUrl" if values["delta"] else "certificateRevocationListUrl"
    _authority(farm, values["certificate"])[field] = values["url"] or None


def _setting(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    _federation(farm)[values["name"]] = values["value"] or None


def _signing(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    encoded = base64.b64encode(farm.pki[values["certificate"]].der).decode()
    _federation(farm)["signingCertificate"] = encoded


def _managed(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    _entra(farm)["domains"]["value"][0]["authenticationType"] = "Managed"
    _entra(farm)["federationConfiguration"] = {}


_CA = certificate("issuing-1", *TENANT_CAS)

FAULTS = (
    FaultKind(name="tenant-ca-missing", what="the tenant lacks a CA", plant=_missing, on="farm", parameters=(_CA,)),
    FaultKind(
        name="tenant-ca-type",
        what="the tenant has a root as an intermediate, or the other way round",
        plant=_type,
        on="farm",
        parameters=(_CA,),
    ),
    FaultKind(
        name="tenant-crl-url",
        what="a CA of the tenant has another CRL URL",
        plant=_url,
        on="farm",
        parameters=(
            _CA,
            Parameter(name="url", what="the URL; empty: none"),
            Parameter(name="delta", what="it is that of the delta CRL", kind=bool, default=False),
        ),
    ),
    FaultKind(
        name="tenant-prompt-login",
        what="the domain's PromptLoginBehavior",
        plant=lambda farm, servers, values: _setting(
            farm, servers, {"name": "promptLoginBehavior", "value": values["value"]}
        ),
        on="farm",
        parameters=(Parameter(name="value", what="as Graph has it", default="translateToFreshPasswordAuthentication"),),
    ),
    FaultKind(
        name="tenant-setting",
        what="a setting of the domain's federation",
        plant=_setting,
        on="farm",
        parameters=(
            Parameter(name="name", what="as Graph names it, e.g. issuerUri"),
            Parameter(name="value", what="what it is; empty: null"),
        ),
    ),
    FaultKind(
        name="tenant-signing",
        what="the tenant has another token-signing certificate",
        plant=_signing,
        on="farm",
        parameters=(certificate("next-signing", "next-signing", "stranger"),),
    ),
    FaultKind(name="tenant-managed", what="the domain is not federated", plant=_managed, on="farm"),
)
