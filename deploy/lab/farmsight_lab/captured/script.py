"""What the collection script gives beside the outputs of commands: documents, exported stores, certificates."""

import json

from farmsight_lab.captured.outputs import ISSUER_OF
from farmsight_lab.captured.plan import Plan, Style
from farmsight_lab.farm.evidence import host_document
from farmsight_lab.farm.state import Farm, Json, Server


def documents(farm: Farm, server: Server, style: Style) -> dict[str, bytes]:
    """Return the server's JSON documents by their names after the computer's."""
    found = {"host.json": _host(farm, server, style)}
    if server.adfs is not None:
        found["adfs.json"] = server.adfs
    if server.wap is not None:
        found["wap.json"] = server.wap
    return {name: as_json(document) for name, document in found.items()}


def stores(farm: Farm, server: Server) -> dict[str, bytes]:
    """Return the server's stores in PEM, by name; an empty store is an empty file."""
    return {
        f"store_{store.lower()}.pem": b"".join(farm.pki[row.certificate].pem for row in rows).replace(b"\n", b"\r\n")
        for store, rows in server.stores.items()
    }


def given(farm: Farm, plan: Plan) -> dict[str, bytes]:
    """Return the certificates that were checked, which lie beside the outputs."""
    return {
        "SubCA.cer": farm.pki[ISSUER_OF[plan.user]].der,
        "usercert.cer": farm.pki[f"user-{plan.user}"].der,
    }


def _host(farm: Farm, server: Server, style: Style) -> Json:
    document = host_document(farm, server)
    system = document.get("OperatingSystem")
    if system is not None:
        version, build = style.system.version, style.system.version.rpartition(".")[2]
        system |= {
            "Caption": style.system.caption,
            "Version": version,
            "BuildNumber": build,
            "UBR": style.system.update,
        }
    return document


def as_json(document: Json) -> bytes:
    """Return a document as the script writes it."""
    return json.dumps(document, indent=1, ensure_ascii=False).encode()
