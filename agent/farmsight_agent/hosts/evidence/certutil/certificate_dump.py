"""`certutil -dump FILE.cer`, in any display language.

Serial number, issuer, two dates and subject come in this order; extensions
are told by their OIDs. Whether a certificate is a CA's shows in the length of
its basic constraints: an empty sequence takes two bytes (RFC 5280 4.2.1.9).
That an extension is absent is known only where all that are counted are
there and the dump is whole.
"""

import re
from collections.abc import Sequence
from typing import Final

from farmsight_agent.hosts.evidence.answers import failed, seen
from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.certutil import alternative_names, dump
from farmsight_agent.hosts.evidence.certutil import extensions as ext
from farmsight_agent.hosts.evidence.certutil.console import Line
from farmsight_agent.hosts.evidence.certutil.dates import Calendar
from farmsight_agent.hosts.evidence.certutil.fields import Field, fields
from farmsight_agent.hosts.host import Seen
from farmsight_wire.v1 import facts_pb2

_NUMBER: Final = re.compile(r"(\d{1,6})\b")
_COUNT: Final = re.compile(r"\d{1,3}")
_SID: Final = re.compile(r"S-1-[0-9]{1,15}(?:-[0-9]{1,10}){1,15}")
_KEYS: Final = {"1.2.840.113549.1.1.1": "RSA", "1.2.840.113549.1.1.10": "RSA", "1.2.840.10045.2.1": "EC"}
_EMPTY_SEQUENCE: Final = 2


def parse(file: Text) -> Seen[facts_pb2.GivenCertificate]:
    """Return the certificate; raises FailedError for one without its thumbprint (cut off), or another text."""
    found = dump.read(file, _places, "certificate")
    sha1 = next((row.sha1 for row in reversed(found.rows) if row.tells_sha1), "")
    if not found.ended or not sha1:
        last = next((line.number for line in reversed(found.body) if line.text), 1)
        raise failed(file, last, "truncated", "a dump of a certificate without its end")
    value = facts_pb2.GivenCertificate(certificate=_summary(found.rows, found.at, sha1))
    _extensions(found.body, value)
    return seen(file, [(value, found.rows[found.at[0]].line)])


def likeness(file: Text) -> Likeness:
    """Tell whether a text is such a dump."""
    return dump.likeness(file, _places)


def _places(rows: list[Field]) -> tuple[int, int, int, int] | None:
    """Return where serial number, issuer, first date and subject stand; None where these are no such fields."""
    date = next((at for at, row in enumerate(rows) if row.is_date), None)
    if date is None or date + 2 >= len(rows) or not rows[date + 1].is_date:
        return None
    serial = next((at for at, row in enumerate(rows[:date]) if row.serial), None)
    issuer = next((at for at, row in enumerate(rows[:date]) if row.parts), None)
    if serial is None or issuer is None or serial > issuer or rows[date + 2].value:
        return None
    return serial, issuer, date, date + 2


def _summary(rows: list[Field], at: tuple[int, int, int, int], sha1: str) -> facts_pb2.CertificateSummary:
    serial, issuer, date, subject = (rows[one] for one in at)
    ends = rows[at[2] + 1].value
    calendar = Calendar((), [(date.value, ends)])
    key = ext.first_oid(rows[at[3] :], 0)
    same = issuer.name == subject.name
    found = facts_pb2.CertificateSummary(
        sha1=sha1,
        subject=subject.name,
        issuer=issuer.name,
        serial_number=serial.serial,
        not_before=calendar.stamp(date.value),
        not_after=calendar.stamp(ends),
        signature_algorithm=ext.first_oid(rows[at[0] :], 0),
        public_key_algorithm=_KEYS.get(key, key),
        self_issued=facts_pb2.TRISTATE_YES if same else facts_pb2.TRISTATE_NO,
        is_ca=facts_pb2.TRISTATE_UNKNOWN,
    )
    bits = next((row.value for row in rows[at[3] :] if re.fullmatch(r"\d{1,6} \D{1,20}", row.value)), "")
    told = _NUMBER.match(bits)
    found.public_key_bits = int(told[1]) if told else 0
    return found


def _extensions(body: Sequence[Line], into: facts_pb2.GivenCertificate) -> None:
    listed = ext.extensions(body)
    found = {one.oid: one for one in listed}
    whole = _counted(body, listed)
    absent = facts_pb2.TRISTATE_NO if whole else facts_pb2.TRISTATE_UNKNOWN
    into.subject_alternative_names_seen = whole
    into.extended_key_usage_present = into.sid_extension = absent
    summary = into.certificate
    if ext.BASIC_CONSTRAINTS in found:
        is_ca = found[ext.BASIC_CONSTRAINTS].length > _EMPTY_SEQUENCE
        summary.is_ca = facts_pb2.TRISTATE_YES if is_ca else facts_pb2.TRISTATE_NO
    elif whole and listed:
        summary.is_ca = facts_pb2.TRISTATE_NO  # extensions make it version 3
    for oid, name in ((ext.SUBJECT_KEY, "subject_key_identifier"), (ext.AUTHORITY_KEY, "authority_key_identifier")):
        if oid in found:
            setattr(summary, name, found[oid].hexadecimal())
    if ext.ALTERNATIVE_NAMES in found:
        alternative_names.take(_names(found[ext.ALTERNATIVE_NAMES]), into)
    if ext.KEY_PURPOSES in found:
        into.extended_key_usages.extend(found[ext.KEY_PURPOSES].oids())
        told = bool(into.extended_key_usages)
        into.extended_key_usage_present = facts_pb2.TRISTATE_YES if told else facts_pb2.TRISTATE_UNKNOWN
    if ext.ACCOUNT_SID in found:
        into.sid_extension = facts_pb2.TRISTATE_YES
        into.account_sid = _sid(found[ext.ACCOUNT_SID])
    into.template = _template(found)


def _counted(body: Sequence[Line], listed: list[ext.Extension]) -> bool:
    """Tell whether as many extensions are shown as the line above the first one counts."""
    if not listed:
        return False
    above = [row for row in fields([line for line in body if line.number < listed[0].line]) if row.value]
    count = next((row.value for row in reversed(above) if _COUNT.fullmatch(row.value)), "")
    outer = [one for one in listed if one.indent == listed[0].indent]
    return count == str(len(outer))


def _names(one: ext.Extension) -> list[tuple[str, str]]:
    """Return the names with their labels; an otherName has one label above and one before the value."""
    found: list[tuple[str, str]] = []
    above, depth = "", 0
    for line in one.lines[1:]:
        indent = len(line.text) - len(line.bare)
        label, equals, value = line.bare.partition("=")
        if not equals and label.endswith((":", "\uff1a")):
            above, depth = label, indent
        elif equals:
            found.append(((above if indent > depth else "") + label.strip(), value.strip()))
            above = above if indent > depth else ""
    return found


def _sid(one: ext.Extension) -> str:
    dumped = [_hex_dump(line.bare) for line in one.lines]
    spoken = " ".join(line.bare for line, packed in zip(one.lines, dumped, strict=True) if not packed)
    told = _SID.search(bytes.fromhex("".join(dumped)).decode("latin-1")) or _SID.search(spoken)
    return told[0] if told else ""


def _hex_dump(text: str) -> str:
    """Return the bytes of a line of a hex dump: `0010  53 2d 31 ...  S-1...`."""
    found = re.match(r"[0-9a-f]{4}  ((?:[0-9a-f]{2} {1,2}){1,16})", text + " ")
    return "".join(found[1].split()) if found else ""


def _template(found: dict[str, ext.Extension]) -> str:
    """Return the template: its OID, else its name."""
    if ext.TEMPLATE in found and found[ext.TEMPLATE].oids():
        return found[ext.TEMPLATE].oids()[0]
    for oid in (ext.TEMPLATE, ext.TEMPLATE_NAME):
        if oid in found:
            value = next((value for _, value in found[oid].values()), "")
            plain = [line.bare for line in found[oid].lines[1:2]]
            return value or (plain[0] if plain else "")
    return ""
