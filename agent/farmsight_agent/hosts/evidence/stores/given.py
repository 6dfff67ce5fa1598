"""A certificate that was handed in: what of it a user's sign-in depends on."""

import ipaddress
import re
from collections.abc import Callable
from typing import Final

from farmsight_agent.normalise.certificates import certificate_summary, extensions
from farmsight_agent.normalise.der import (
    OCTET_STRING,
    OID,
    SEQUENCE,
    DerError,
    Element,
    children,
    content,
    dotted,
    element,
    expect,
    whole,
)
from farmsight_agent.normalise.names import name_text
from farmsight_wire.v1 import facts_pb2

ALTERNATIVE_NAMES: Final = "2.5.29.17"
EXTENDED_KEY_USAGE: Final = "2.5.29.37"
PRINCIPAL_NAME: Final = "1.3.6.1.4.1.311.20.2.3"
ACCOUNT_SID: Final = "1.3.6.1.4.1.311.25.2"
ACCOUNT_SID_NAME: Final = "1.3.6.1.4.1.311.25.2.1"
TEMPLATE: Final = "1.3.6.1.4.1.311.21.7"
TEMPLATE_NAME: Final = "1.3.6.1.4.1.311.20.2"
SID_TAG: Final = "tag:microsoft.com,2022-09-14:sid:"
MOST_NAMES: Final = 100  # of a kind: a fact has to travel
LONGEST_NAME: Final = 1000
_SID: Final = re.compile(r"S-1-[0-9]{1,15}(-[0-9]{1,10}){1,15}")
_OTHER, _RFC822, _DNS, _DIRECTORY, _URI, _ADDRESS, _REGISTERED = 0xA0, 0x81, 0x82, 0xA4, 0x86, 0x87, 0x88
_ENCODINGS: Final = {0x0C: "utf-8", 0x13: "utf-8", 0x16: "utf-8", 0x1E: "utf-16-be"}


def given_certificate(der: bytes, keep: Callable[[bytes], bytes]) -> facts_pb2.GivenCertificate:
    """Return what a DER certificate says of its holder, and keep its bytes as a blob.

    Never raises. A certificate that does not parse has its thumbprint and a
    `parse_error`, and nothing else; an extension that can't be read leaves
    what it would have told unknown, and is named in `parse_error` as well.
    """
    seen = facts_pb2.GivenCertificate(certificate=certificate_summary(der, keep))
    if not seen.certificate.serial_number:  # its body could not be read
        return seen
    seen.subject_alternative_names_seen = True
    seen.extended_key_usage_present = seen.sid_extension = facts_pb2.TRISTATE_NO
    for oid, _critical, value in extensions(der):
        try:
            _extension(oid, value, seen)
        except DerError as error:
            _not_read(oid, seen)
            seen.certificate.parse_error = seen.certificate.parse_error or f"extension {oid}: {error}"
    return seen


def _extension(oid: str, value: bytes, into: facts_pb2.GivenCertificate) -> None:
    if oid == ALTERNATIVE_NAMES:
        _names(value, into)
    elif oid == EXTENDED_KEY_USAGE:
        usages = list(children(value, expect(value, 0, len(value), SEQUENCE)))[:MOST_NAMES]
        into.extended_key_usages.extend(dotted(content(value, one)) for one in usages)
        into.extended_key_usage_present = facts_pb2.TRISTATE_YES
    elif oid == ACCOUNT_SID:
        _told_sid(_sid_of(value), into)
    elif oid == TEMPLATE:
        sequence = expect(value, 0, len(value), SEQUENCE)
        into.template = dotted(content(value, expect(value, sequence.body, sequence.end, OID)))
    elif oid == TEMPLATE_NAME and not into.template:
        into.template = _text(value, element(value, 0, len(value)))


def _not_read(oid: str, into: facts_pb2.GivenCertificate) -> None:
    if oid == ALTERNATIVE_NAMES:
        into.subject_alternative_names_seen = False
        if into.sid_extension == facts_pb2.TRISTATE_NO:  # a URI among the names may hold it
            into.sid_extension = facts_pb2.TRISTATE_UNKNOWN
    elif oid == EXTENDED_KEY_USAGE:
        into.extended_key_usage_present = facts_pb2.TRISTATE_UNKNOWN
        into.ClearField("extended_key_usages")
    elif oid == ACCOUNT_SID and not into.account_sid:
        into.sid_extension = facts_pb2.TRISTATE_UNKNOWN


def _names(value: bytes, into: facts_pb2.GivenCertificate) -> None:
    more = 0
    for one in children(value, expect(value, 0, len(value), SEQUENCE)):
        kind, text = _name(value, one)
        names = getattr(into, kind)
        if text.lower().startswith(f"uri:{SID_TAG}"):
            _told_sid(text[len(f"uri:{SID_TAG}") :], into)
        if len(names) < MOST_NAMES:
            names.append(text[:LONGEST_NAME])
            continue
        more += 1
        if kind != "other_names":  # a name that is left out may be the one that maps
            into.subject_alternative_names_seen = False
    if more:
        into.other_names.append(f"({more} more)")


def _name(data: bytes, one: Element) -> tuple[str, str]:
    """Return the field that a GeneralName belongs to, and its text."""
    raw = content(data, one)
    if one.tag == _RFC822:
        return "rfc822_names", raw.decode("utf-8", "replace")
    if one.tag == _OTHER:
        kind = expect(data, one.body, one.end, OID)
        oid = dotted(content(data, kind))
        if oid == PRINCIPAL_NAME:
            return "user_principal_names", _text(data, _explicit(data, kind, one))
        return "other_names", f"OTHER:{oid}"
    return "other_names", _shown(one.tag, raw)


def _shown(tag: int, raw: bytes) -> str:
    if tag in (_DNS, _URI):
        return f"{'DNS' if tag == _DNS else 'URI'}:{raw.decode('utf-8', 'replace')}"
    if tag == _ADDRESS and len(raw) in (4, 16):
        return f"IP:{ipaddress.ip_address(raw)}"
    if tag == _DIRECTORY:
        return f"DIR:{name_text(raw)}"
    if tag == _REGISTERED:
        return f"RID:{dotted(raw)}"
    return f"TAG{tag:#04x}:{raw[:LONGEST_NAME].hex()}"


def _explicit(data: bytes, kind: Element, holder: Element) -> Element:
    """Return the value of an otherName: inside [0], after its type."""
    tagged = expect(data, kind.end, holder.end, 0xA0)
    return element(data, tagged.body, tagged.end)


def _text(data: bytes, one: Element) -> str:
    encoding = _ENCODINGS.get(one.tag)
    if encoding is None:
        raise DerError(f"a name in an encoding of its own, {whole(data, one)[:20].hex()}")
    return content(data, one).decode(encoding, "replace")


def _sid_of(value: bytes) -> str:
    sequence = expect(value, 0, len(value), SEQUENCE)
    for one in children(value, sequence):
        kind = expect(value, one.body, one.end, OID) if one.tag == _OTHER else None
        if kind is not None and dotted(content(value, kind)) == ACCOUNT_SID_NAME:
            held = _explicit(value, kind, one)
            if held.tag == OCTET_STRING:
                return content(value, held).decode("ascii", "replace")
    raise DerError("no account's SID in it")


def _told_sid(text: str, into: facts_pb2.GivenCertificate) -> None:
    """Keep a SID; what stands in its place and is none proves nothing."""
    if len(text) <= LONGEST_NAME and _SID.fullmatch(text.strip()):
        into.account_sid = text.strip()
        into.sid_extension = facts_pb2.TRISTATE_YES
    elif not into.account_sid:
        into.sid_extension = facts_pb2.TRISTATE_UNKNOWN
