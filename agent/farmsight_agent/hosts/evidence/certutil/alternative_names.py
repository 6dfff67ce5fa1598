"""The subject alternative names of a certificate as Windows prints them, in any display language.

One line holds them all: `Other Name:Principal Name=alice@contoso.com, DNS
Name=...`. The words are translated; that a name is an otherName shows in the
second word behind a colon, and of those only the principal name is printed
as text. "RFC822" stays as it is in every language.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from farmsight_wire.v1 import facts_pb2

PRINCIPAL_NAME_OID: Final = "1.3.6.1.4.1.311.20.2.3"
_SID: Final = re.compile(r"tag:microsoft\.com,2022-09-14:sid:(S-1-[0-9]{1,15}(?:-[0-9]{1,10}){1,15})")
_HEX: Final = re.compile(r"[0-9a-fA-F]{2}(?: ?[0-9a-fA-F]{2})*")
_ADDRESS: Final = re.compile(r"[^@\s]{1,300}@[^@\s]{1,300}")
_MOST: Final = 100
_LONGEST: Final = 1000
_UTF8_STRING: Final = 0x0C


def read(text: str, into: facts_pb2.GivenCertificate) -> None:
    """Say which names a line holds; `subject_alternative_names_seen` stays False when one is not understood."""
    take(_entries(text), into)


def take(entries: Iterable[tuple[str, str]], into: facts_pb2.GivenCertificate) -> None:
    """Take labels with their values, one a name."""
    understood = True
    for number, (label, value) in enumerate(entries):
        if number >= _MOST or len(value) > _LONGEST:
            understood = False
            break
        understood = _one(label, value, into) and understood
    into.subject_alternative_names_seen = understood


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """Part a line at the commas behind which a label begins; a comma within a value has none behind it."""
    held: tuple[str, str] | None = None
    for part in text.split(", "):
        label, equals, value = part.partition("=")
        if held is not None and not equals:
            held = (held[0], f"{held[1]}, {part}")
            continue
        if held is not None:
            yield held
        held = (label.strip(), value.strip())
    if held is not None:
        yield held


def _one(label: str, value: str, into: facts_pb2.GivenCertificate) -> bool:
    sid = _SID.search(value)
    if sid is not None:
        into.account_sid, into.sid_extension = sid[1], facts_pb2.TRISTATE_YES
    if "RFC822" in label.upper().replace(" ", ""):
        into.rfc822_names.append(value)
    elif ":" in label or "\uff1a" in label or PRINCIPAL_NAME_OID in label:
        return _other(label, value, into)
    else:
        into.other_names.append(_shown(label, value))
    return True


def _other(label: str, value: str, into: facts_pb2.GivenCertificate) -> bool:
    """Take an otherName: as text it is a principal name, in hex any other, or one with its OID for a label."""
    if PRINCIPAL_NAME_OID in label:
        decoded = _decoded(value)
        if decoded:
            into.user_principal_names.append(decoded)
        return bool(decoded)
    if _ADDRESS.fullmatch(value) or label.lower().endswith(":principal name"):
        into.user_principal_names.append(value)
        return True
    into.other_names.append(f"OTHER:{label}")
    return _HEX.fullmatch(value) is not None


def _decoded(value: str) -> str:
    """Return the UTF8String in a hex dump, or ""."""
    if not _HEX.fullmatch(value):
        return value if _ADDRESS.fullmatch(value) else ""
    raw = bytes.fromhex(value)
    whole = len(raw) > 2 and raw[0] == _UTF8_STRING and raw[1] == len(raw) - 2 < 0x80
    return raw[2:].decode("utf-8", "replace") if whole else ""


def _shown(label: str, value: str) -> str:
    upper = label.upper()
    kind = next((one for one in ("DNS", "URL", "IP") if upper.startswith(one)), "")
    return f"{ {'URL': 'URI'}.get(kind, kind) or label }:{value}"
