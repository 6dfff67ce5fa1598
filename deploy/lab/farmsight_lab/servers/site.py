"""The site file of a CDP server process: JSON to answers and responders.

See `cdp` for its form. Raises ValueError or OSError for a file that can't be
understood or read.
"""

import json
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from farmsight_lab.servers import answers
from farmsight_lab.servers.answers import Answer
from farmsight_lab.servers.ocsp import OcspResponder

_FIELDS: Final = frozenset(field.name for field in fields(Answer)) - {"body"}


@dataclass(frozen=True, kw_only=True)
class Site:
    """What a server serves."""

    listen: tuple[str, int]
    refuse_plus: bool
    paths: dict[str, Answer]
    responders: dict[str, OcspResponder]


def load_site(path: Path) -> Site:
    """Read a site file and the files that it names."""
    data = json.loads(path.read_text(encoding="utf-8"))
    host, _, port = str(data["listen"]).rpartition(":")
    paths: dict[str, Answer] = {}
    responders: dict[str, OcspResponder] = {}
    for name, entry in data["paths"].items():
        if "ocsp" in entry:
            responders[name.rstrip("/")] = _responder(path.parent, entry["ocsp"])
        else:
            paths[name] = _answer(path.parent, entry)
    return Site(
        listen=(host.strip("[]"), int(port)),
        refuse_plus=bool(data.get("refuse_plus")),
        paths=paths,
        responders=responders,
    )


def _answer(folder: Path, entry: dict[str, Any]) -> Answer:
    body = (folder / entry["file"]).read_bytes() if "file" in entry else b""
    answer = _faulty(body, entry["fault"]) if "fault" in entry else Answer(body=body)
    settings = {name: value for name, value in entry.items() if name in _FIELDS}
    if "headers" in settings:
        settings["headers"] = tuple((str(name), str(value)) for name, value in settings["headers"])
    return replace(answer, **settings)


def _faulty(body: bytes, fault: str) -> Answer:  # noqa: PLR0911 - one line a fault
    match fault:
        case "html_page":
            return answers.html_page()
        case "gzip":
            return answers.gzipped(body)
        case "gzip_bomb":
            return answers.gzip_bomb()
        case "endless":
            return answers.endless()
        case "reset":
            return answers.reset()
        case "truncated":
            return answers.truncated(body)
        case "spoiled_signature":
            return Answer(body=answers.spoiled_signature(body))
        case "proxy_authentication":
            return answers.proxy_authentication()
        case "pem":
            pem = x509.load_der_x509_crl(body).public_bytes(serialization.Encoding.PEM)
            return Answer(body=pem)
        case _:
            raise ValueError(f"no such fault: {fault}")


def _responder(folder: Path, entry: dict[str, Any]) -> OcspResponder:
    key = serialization.load_pem_private_key((folder / entry["key"]).read_bytes(), password=None)
    return OcspResponder(
        issuer=x509.load_pem_x509_certificate((folder / entry["issuer"]).read_bytes()),
        signer=x509.load_pem_x509_certificate((folder / entry["signer"]).read_bytes()),
        signer_key=key,  # type: ignore[arg-type] # a CA's or delegate's key, by the file's word
        revoked=frozenset(int(serial, 16) for serial in entry.get("revoked", ())),
        unknown=frozenset(int(serial, 16) for serial in entry.get("unknown", ())),
        lifetime=timedelta(seconds=entry.get("lifetime_s", 86400)),
        shift=timedelta(seconds=entry.get("shift_s", 0)),
        refuse_get=bool(entry.get("refuse_get")),
    )
