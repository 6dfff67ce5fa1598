"""What each captured output is expected to say; run as a program, writes the expectations anew."""

import json
from pathlib import Path

from google.protobuf import json_format

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents import entra
from farmsight_agent.hosts.evidence.documents.located import load
from farmsight_agent.hosts.evidence.intake.decoding import decode
from farmsight_agent.hosts.evidence.netsh import (
    advproxy,
    excluded_ports,
    iplisten,
    servicestate,
    sslcert,
    urlacl,
    winhttp,
)
from farmsight_agent.outcome import NotObservedError

NETSH = {
    "urlacl": urlacl,
    "sslcert": sslcert,
    "add_sslcert": sslcert,
    "iplisten": iplisten,
    "servicestate": servicestate,
    "winhttp": winhttp,
    "advproxy": advproxy,
    "excludedportrange": excluded_ports,
}
VECTORS = Path(__file__).parents[2] / "vectors" / "evidence"


def captures():
    return sorted(
        path
        for pattern in ("netsh_*.txt", "graph_*.json")
        for path in VECTORS.glob(pattern)
        if not path.name.endswith(".expected.json")
    )


def readers(name):
    if name.startswith("graph_"):
        return [
            lambda file: entra.part(load(file), "authorities", lambda _data: b""),
            lambda file: entra.part(load(file), "domains", lambda _data: b""),
        ]
    return [next(module.parse for start, module in NETSH.items() if name.startswith(f"netsh_{start}"))]


def seen(path):
    """Return what every reader of this file makes of it, as JSON."""
    text, encoding = decode(path.read_bytes())
    file = Text(name=path.name, text=text, encoding=encoding)
    return [_one(read, file) for read in readers(path.name)]


def _one(read, file):
    try:
        found = read(file)
    except NotObservedError as error:
        return {"outcome": type(error).__name__, "reason": error.reason, "source": error.source}
    values = [
        json_format.MessageToDict(value, preserving_proto_field_name=True) | {"source": line}
        for value, line in zip(found.values, found.lines, strict=True)
    ]
    return {"outcome": "observed", "values": values}


def expectation(path):
    return path.with_name(path.name + ".expected.json")


if __name__ == "__main__":
    for capture in captures():
        expectation(capture).write_text(json.dumps(seen(capture), indent=1, ensure_ascii=False) + "\n")
