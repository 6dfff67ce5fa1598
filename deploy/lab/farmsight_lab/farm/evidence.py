"""Writes a server's evidence folder: the files that the collection script and the article's commands give."""

import base64
import copy
import json
from pathlib import Path
from typing import Any

from farmsight_lab.captured import sslcert, urlacl
from farmsight_lab.captured.plan import Style
from farmsight_lab.farm.state import Farm, Json, Server
from farmsight_lab.pki.hierarchy import Pki

TENANT_SEEN_FROM = "STS01"  # the tenant's file lies in one place
_STYLE = Style()


def write_evidence(farm: Farm, server: Server, folder: Path) -> None:
    """Make the folder hold this server's files and no others; each file is replaced whole."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: data for name, data in _files(farm, server).items() if name not in server.missing}
    for name, data in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != data:
            # An agent may be reading: it sees the old file or the new one, never half of one.
            fresh = folder / f".{name}.new"
            fresh.write_bytes(data)
            fresh.replace(path)
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink(missing_ok=True)


def evidence_files(server: Server) -> tuple[str, ...]:
    """Return the names of the files that this server's folder can hold."""
    own = ("host.json", "49443.txt", "sslcert.txt", "adfs.json" if server.role == "adfs" else "wap.json")
    tenant = ("entra.json",) if server.name == TENANT_SEEN_FROM else ()
    return tuple(f"{server.name}_{name}" for name in own) + tenant


def _files(farm: Farm, server: Server) -> dict[str, bytes]:
    name = server.name
    files = {
        f"{name}_host.json": _json(host_document(farm, server)),
        f"{name}_49443.txt": urlacl.text(server.reservations, _STYLE.words.netsh).encode(),
        f"{name}_sslcert.txt": sslcert.text(server.bindings, _STYLE.words.netsh, _STYLE.system).encode(),
    }
    if server.adfs is not None:
        files[f"{name}_adfs.json"] = _json(server.adfs)
    if server.wap is not None:
        files[f"{name}_wap.json"] = _json(server.wap)
    if farm.entra is not None and name == TENANT_SEEN_FROM:
        files["entra.json"] = _json(farm.entra)
    return files


def host_document(farm: Farm, server: Server) -> Json:
    """Return NAME_host.json as it is now: with the stores, and what faults did to clock and names."""
    host = copy.deepcopy(server.host)
    for row in host.get("Clock", ()):
        row["OffsetSeconds"] = server.clock_offset_s
    for row in host.get("Resolutions", ()):
        if row["Name"] in server.unresolved:
            row["Addresses"], row["Error"] = [], "WSAHOST_NOT_FOUND"
    host["Stores"] = list(server.stores)
    host["Certificates"] = list(_certificates(farm.pki, server))
    host["Crls"] = []
    return host


def _certificates(pki: Pki, server: Server) -> list[Json]:
    return [
        {
            "Store": store,
            "Location": "LocalMachine",
            "Origin": stored.origin,
            "Thumbprint": pki[stored.certificate].thumbprint.upper(),
            "RawData": base64.b64encode(pki[stored.certificate].der).decode(),
            "HasPrivateKey": stored.has_key,
            "UsageProperty": "",
            "FriendlyName": "",
        }
        for store, rows in server.stores.items()
        for stored in rows
    ]


def _json(value: Any) -> bytes:  # noqa: ANN401 - JSON
    return json.dumps(value, indent=1, ensure_ascii=False).encode()
