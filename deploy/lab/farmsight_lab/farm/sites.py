"""Writes what the lab's servers read: site files of the web servers and of the TLS listeners."""

import hashlib
import json
from pathlib import Path
from typing import Any

from farmsight_lab.farm.state import Farm, Listening, Server
from farmsight_lab.names import CERTAUTH, FEDERATION_SERVICE
from farmsight_lab.pki.hierarchy import Pki


def write_site(farm: Farm, which: str, folder: Path, listen: str) -> Path:
    """Write the site file of one web server with the bodies beside it; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in farm.pki.names:
        if name.startswith(("ocsp-", "issuing-")):
            _replace(folder / f"{name}.pem", farm.pki[name].pem)
            _replace(folder / f"{name}.key", farm.pki[name].key_pem)
    site = farm.sites["mirror" if which == "mirror" else "main"]
    paths: dict[str, Any] = {}
    for path, page in site.pages.items():
        paths[path] = dict(page.settings)
        if page.body:
            # Named by content: a site file never names a body that is being written.
            body = hashlib.sha256(page.body).hexdigest()[:24] + ".bin"
            _replace(folder / body, page.body)
            paths[path]["file"] = body
    document = {"listen": listen, "refuse_plus": site.refuse_plus, "paths": paths}
    return _replace(folder / "site.json", json.dumps(document, indent=1).encode())


def write_listener(farm: Farm, server: Server, listening: Listening, folder: Path, listen: str) -> Path:
    """Write the site file of one TLS listener with its certificates beside it; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_certificates(farm.pki, folder)
    document: dict[str, Any] = {"listen": listen, **listening.conduct}
    if not listening.conduct.get("plain"):
        names = [FEDERATION_SERVICE, *([CERTAUTH] if farm.mode == "certauth" else [])]
        document |= {
            "certificate": f"{listening.certificate}-chain.pem",
            "key": f"{listening.certificate}.key",
            "asks": listening.asks,
            "ca_names": [f"{name}.pem" for name in server.issuer_list] if listening.asks else [],
            "sni": {"only": [*names, "localhost"], "otherwise": "resets"},
        }
        if listening.port == 443 and farm.mode == "certauth":
            offered = [f"{name}.pem" for name in server.issuer_list]
            document["by_name"] = {CERTAUTH: {"asks": True, "ca_names": offered}}
    if not listening.up:
        document["before_tls"] = "resets"
    name = f"{listening.port}-{listening.name}.json"
    return _replace(folder / name, json.dumps(document, indent=1).encode())


def _write_certificates(pki: Pki, folder: Path) -> None:
    for name in pki.names:
        if name.endswith("-tls"):
            _replace(folder / f"{name}-chain.pem", pki[name].pem + pki["server-ca"].pem)
            _replace(folder / f"{name}.key", pki[name].key_pem)
    for name in pki.names:
        _replace(folder / f"{name}.pem", pki[name].pem)


def _replace(path: Path, data: bytes) -> Path:
    if not path.is_file() or path.read_bytes() != data:
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(data)
        fresh.replace(path)
    return path
