"""Farms of other shapes than the lab's, made from it: one of each, three of each."""

import base64
import copy
import json
from collections.abc import Mapping
from typing import Any, Final

from farmsight_lab.farm.state import Farm, Server, Stored
from farmsight_lab.names import DOMAIN

SHAPES: Final = ("2+2", "1+1", "3+3")
_GONE: Final = ("STS02", "WAP02")
# A third server of each role is a second one under another name, at another address.
_MORE: Final[dict[str, dict[str, str]]] = {
    "STS02": {"STS02": "STS03", "sts02": "sts03", "10.77.0.12": "10.77.0.13"},
    "WAP02": {"WAP02": "WAP03", "wap02": "wap03", "10.77.0.22": "10.77.0.23"},
}


def shape(farm: Farm, which: str) -> None:
    """Make a healthy farm one of this shape."""
    if which == "1+1":
        _fewer(farm)
    elif which == "3+3":
        _more(farm)


def _fewer(farm: Farm) -> None:
    for name in _GONE:
        del farm.servers[name]
    for server in farm.servers.values():
        server.stores["AdfsTrustedDevices"] = [
            row for row in server.stores["AdfsTrustedDevices"] if row.certificate != "trust-WAP02"
        ]
        _listed(server, lambda names: [one for one in names if one.partition(".")[0].upper() in farm.servers])
        for row in server.host["Resolutions"]:
            row["Addresses"] = [one for one in row["Addresses"] if one != "10.77.0.12"]


def _more(farm: Farm) -> None:
    for name, words in _MORE.items():
        made = _renamed(farm.servers[name], words)
        farm.servers[made.name] = made
        if made.wap is not None:
            one = farm.pki["trust-WAP03"]
            told = {"Thumbprint": one.thumbprint.upper(), "RawData": base64.b64encode(one.der).decode()}
            made.wap["ProxyTrustCertificates"] = [{**told, "HasPrivateKey": True}]
    for server in farm.servers.values():
        role = "WAP" if server.role == "wap" else "STS"
        _listed(server, lambda names, role=role: [*names, f"{role}03.{DOMAIN}".lower()])
        for row in server.host["Resolutions"]:
            if "10.77.0.12" in row["Addresses"] and "10.77.0.13" not in row["Addresses"]:
                row["Addresses"].append("10.77.0.13")
        if server.role == "adfs":
            server.stores["AdfsTrustedDevices"].append(Stored(certificate="trust-WAP03"))


def _renamed(server: Server, words: Mapping[str, str]) -> Server:
    made = copy.deepcopy(server)
    for old, new in words.items():
        made.name = made.name.replace(old, new)
    made.host, made.adfs, made.wap = (_told(one, words) for one in (server.host, server.adfs, server.wap))
    for row in made.stores["MY"]:
        row.certificate = row.certificate.replace("trust-WAP02", "trust-WAP03")
    return made


def _told(document: Any, words: Mapping[str, str]) -> Any:
    text = json.dumps(document)
    for old, new in words.items():
        text = text.replace(old, new)
    return json.loads(text)


def _listed(server: Server, change: Any) -> None:
    """Change what the cmdlets list of the farm's servers."""
    if server.wap is not None:
        row = server.wap["Get-WebApplicationProxyConfiguration"]
        row["ConnectedServersName"] = change(row["ConnectedServersName"])
    information = (server.adfs or {}).get("Get-AdfsFarmInformation")
    if information is not None:
        rows = {row["FQDN"].lower(): row for row in information["FarmNodes"]}
        pattern = information["FarmNodes"][-1]
        names = change([row["FQDN"].lower() for row in information["FarmNodes"]])
        information["FarmNodes"] = [rows.get(one, {**pattern, "FQDN": one}) for one in names]
