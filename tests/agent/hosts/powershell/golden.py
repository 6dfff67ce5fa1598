"""What each text of PowerShell is expected to say; run as a program, writes the expectations anew."""

import json
from pathlib import Path

from google.protobuf import json_format

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents import adfs, entra, sections, wap
from farmsight_agent.hosts.evidence.intake.decoding import decode
from farmsight_agent.hosts.evidence.powershell import document
from farmsight_agent.hosts.evidence.powershell.forms import FORMS
from farmsight_agent.outcome import NotObservedError

VECTORS = Path(__file__).parents[3] / "vectors" / "evidence" / "powershell"
ADFS = (
    "properties",
    "global-policy",
    "sync",
    "authentication-providers",
    "endpoints",
    "certificates",
    "trusts",
    "nodes",
)
SSL = ("Get-AdfsSslCertificate", "Get-WebApplicationProxySslCertificate")


def captures():
    return sorted(VECTORS.glob("*.txt"))


def seen(path):
    text, _encoding = decode(path.read_bytes())
    return of(Text(name=path.name, text=text))


def of(file):
    """Return how much a text looks like each form, what its sections are, and what every reader makes of them."""
    likeness = {form.id: form.likeness(file).name for form in FORMS}
    try:
        read = document.read(file)
    except NotObservedError as error:
        return {"likeness": likeness, **_failed(error, file)}
    return {"likeness": likeness, "sections": _sections(read, file), "facts": facts(read, file)}


def _sections(read, file):
    return {name: [_row(row, file) for row in held] for name, held in read.items() if name != "Errors"}


def _row(row, file):
    found = {"line": _line(row.source, file), "shows": list(row)}
    if row.rest:
        found["rest"] = row.rest
    if row.begins:
        found["begins"] = row.begins
    return found


def facts(read, file):
    """Return the facts of every part that the text speaks of, or why there are none."""
    keep = lambda data: b""  # noqa: E731
    found = {f"adfs/{part}": _try(lambda p=part: adfs.part(read, p, keep), file) for part in ADFS}
    for part in ("configuration", "applications"):
        found[f"wap/{part}"] = _try(lambda p=part: wap.part(read, p, keep), file)
    for part in ("authorities", "domains"):
        found[f"entra/{part}"] = _try(lambda p=part: entra.part(read, p, keep), file)
    for name in SSL:
        found["http-sys/tls-binding"] = _try(lambda n=name: sections.seen(read, n, adfs.ssl_binding), file)
        if found["http-sys/tls-binding"] is not None:
            break
    return {part: one for part, one in found.items() if one is not None}


def _try(look, file):
    try:
        found = look()
    except NotObservedError as error:
        missing = error.reason == "not-collected" and error.detail.startswith("no ")
        return None if missing else _failed(error, file)
    return [
        json_format.MessageToDict(value, preserving_proto_field_name=True) | {"line": _line(line, file)}
        for value, line in zip(found.values, found.lines, strict=True)
    ]


def _failed(error, file):
    return {"outcome": type(error).__name__, "reason": error.reason, "line": _line(error.source, file)}


def _line(source, file):
    return source.removeprefix(f"evidence:{file.name}").removeprefix(":")


def expectation(path):
    return path.with_name(path.name + ".expected.json")


if __name__ == "__main__":
    for capture in captures():
        expectation(capture).write_text(json.dumps(seen(capture), indent=1, ensure_ascii=False) + "\n")
