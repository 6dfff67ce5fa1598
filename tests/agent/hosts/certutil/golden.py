"""What each captured output is expected to say; run as a program, writes the expectations anew."""

import json
from pathlib import Path

from google.protobuf import json_format

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.certutil import (
    certificate_dump,
    crl_dump,
    pkcs12_dump,
    store,
    urlcache,
    verification,
    verification_facts,
)
from farmsight_agent.hosts.evidence.certutil.forms import FORMS
from farmsight_agent.hosts.evidence.intake.decoding import decode
from farmsight_agent.outcome import NotObservedError

VECTORS = Path(__file__).parents[3] / "vectors" / "evidence" / "certutil"


def verified(part):
    return lambda file: part(verification.parse(file), file)


READERS = {
    "certutil-store": {"certificates": store.parse, "crls": store.parse_crls},
    "certutil-verify": {
        "retrievals": verified(verification_facts.retrievals),
        "verdict": verified(verification_facts.chain_verdict),
        "given": verified(verification_facts.given_certificate),
    },
    "certutil-dump-crl": {"crl": crl_dump.parse},
    "certutil-dump-certificate": {"certificate": certificate_dump.parse},
    "certutil-dump-pkcs12": {"nothing": pkcs12_dump.parse},
    "certutil-urlcache": {"entries": urlcache.parse},
}


def captures():
    return sorted(VECTORS.glob("*.txt"))


def seen(path):
    """Return how much the file looks like each form, and what the likeliest one's readers make of it."""
    text, _encoding = decode(path.read_bytes())
    file = Text(name=path.name, text=text)
    likeness = {form.id: form.likeness(file) for form in FORMS}
    best = max(likeness, key=lambda one: likeness[one])
    return {
        "likeness": {form: how.name for form, how in likeness.items() if how},
        **{name: _one(read, file) for name, read in READERS[best].items()},
    }


def _one(read, file):
    try:
        found = read(file)
    except NotObservedError as error:
        return {"outcome": type(error).__name__, "reason": error.reason, "source": error.source}
    return [
        json_format.MessageToDict(getattr(value, "message", value), preserving_proto_field_name=True)
        | {"source": line.removeprefix(f"evidence:{file.name}:")}
        for value, line in zip(found.values, found.lines, strict=True)
    ]


def expectation(path):
    return path.with_name(path.name + ".expected.json")


if __name__ == "__main__":
    for capture in captures():
        expectation(capture).write_text(json.dumps(seen(capture), indent=1, ensure_ascii=False) + "\n")
