"""Targets that take text: decoding, telling outputs apart, and the readers of each family."""

from collections.abc import Callable, Iterable
from typing import Any

from farmsight_agent.hosts.evidence.capture import Form, Likeness, Text
from farmsight_agent.hosts.evidence.certutil import (
    certificate_dump,
    crl_dump,
    pkcs12_dump,
    store,
    urlcache,
    verification,
    verification_facts,
)
from farmsight_agent.hosts.evidence.certutil.forms import FORMS as CERTUTIL
from farmsight_agent.hosts.evidence.intake.decoding import decode
from farmsight_agent.hosts.evidence.intake.entries import EvidenceFile
from farmsight_agent.hosts.evidence.intake.limits import IntakeLimits
from farmsight_agent.hosts.evidence.intake.private_keys import private_key_line
from farmsight_agent.hosts.evidence.netsh import (
    advproxy,
    excluded_ports,
    iplisten,
    servicestate,
    sslcert,
    sslcert_json,
    urlacl,
    winhttp,
)
from farmsight_agent.hosts.evidence.netsh.forms import FORMS as NETSH
from farmsight_agent.hosts.evidence.powershell import document, rules_listing
from farmsight_agent.hosts.evidence.powershell.forms import FORMS as POWERSHELL
from farmsight_agent.hosts.evidence.reads import read
from farmsight_collector.claimrules import parser
from farmsight_collector.claimrules.reaching import reaching
from farmsight_collector.claimrules.tokens import ClaimRuleError
from tests.fuzz.checks import asked, expect, sound

FIRST_LINE = 7  # a stretch of a file: places are of the file
NAMES = ("notes.txt", "WAP01_49443.txt", "WAP01_store_root.txt", "STS01_rptrust.txt", "WAP01_WAP01$_usercert.txt", "x")
PASSING = "c:[] => issue(claim = c);"
KEY = (
    b"\n-----BEGIN PRIVATE KEY-----\n"
    b"MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n"
)


def decoding(data: bytes) -> None:
    """Any bytes are text in some encoding, without what marks an encoding."""
    text, encoding = decode(data)
    expect(bool(encoding), "no encoding")
    expect("\0" not in text and "\ufeff" not in text, "marks in the text")
    text.encode("utf-8", "surrogatepass")


def recognising(data: bytes) -> None:
    """Any file has its outputs within its lines, or is said to be left over."""
    name = NAMES[data[0] % len(NAMES)] if data else NAMES[0]
    content = data[1:]
    file = EvidenceFile(name=name, size=len(content), modified=None, state=(), reader=lambda _limit: content)
    with sound():
        found = read(file, IntakeLimits())
    last = Text(name=name, text=decode(content)[0]).last_line
    for piece in found.pieces:
        expect(1 <= piece.first_line <= last, f"an output on line {piece.first_line} of {last}")
        expect(piece.last_line == 0 or piece.first_line <= piece.last_line <= last, f"it ends on {piece.last_line}")
    for left in found.leftovers:
        expect(0 <= left.line <= last, f"a leftover on line {left.line} of {last}")


def private_keys(data: bytes) -> None:
    """Whatever stands before a private key does not hide it, and its line is one of the file."""
    line = private_key_line(data)
    expect(line is None or 1 <= line <= data.count(b"\n") + 1, f"a key on line {line}")
    expect(private_key_line(data + KEY) is not None, "a private key that is not seen")


def claim_rules(data: bytes) -> None:
    """Rules that can't be read are named by place; what becomes of the claims is answered for any rules."""
    text = data.decode("utf-8", "replace")
    rules = parser.read(text)
    lines = text.count("\n") + 1
    for place in (*rules.unreadable, *rules.rules):
        expect(1 <= place.line <= lines, f"line {place.line} of {lines}")
    for found in (*reaching(text, text).values(), *reaching(PASSING, text).values()):
        expect(0 <= found.line <= lines and bool(found.why), f"line {found.line} of {lines}: {found.why}")
    try:
        parser.parse(text)
    except ClaimRuleError:
        expect(bool(rules.unreadable), "rules that one reader refuses and the other does not")


def netsh(data: bytes) -> None:
    """The readers of netsh."""
    _family(
        data,
        NETSH,
        urlacl.parse,
        sslcert.parse,
        sslcert_json.parse,
        iplisten.parse,
        servicestate.parse,
        winhttp.parse,
        advproxy.parse,
        excluded_ports.parse,
    )


def certutil(data: bytes) -> None:
    """The readers of certutil."""
    _family(
        data,
        CERTUTIL,
        store.parse,
        store.parse_crls,
        certificate_dump.parse,
        crl_dump.parse,
        pkcs12_dump.parse,
        urlcache.parse,
        lambda text: verification_facts.retrievals(verification.parse(text), text),
        lambda text: verification_facts.chain_verdict(verification.parse(text), text),
        lambda text: verification_facts.given_certificate(verification.parse(text), text),
    )


def powershell(data: bytes) -> None:
    """The readers of PowerShell's text."""
    _family(data, POWERSHELL, document.read, rules_listing.read)


def _family(data: bytes, forms: Iterable[Form], *readers: Callable[[Text], Any]) -> None:
    text = Text(name="STS01_output.txt", text=data.decode("utf-8", "replace"), first_line=FIRST_LINE)
    for form in forms:
        expect(form.likeness(text) in set(Likeness), f"{form.id}: no likeness")
    for reader in readers:
        asked(text, reader)
