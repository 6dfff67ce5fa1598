"""`certutil -verify [-urlfetch] FILE`, of Windows Server 2008 R2 and later, in any display language.

The lines about the chain (`CertContext[0][0]: ...`, `Element.dwErrorStatus
= ...`, `CRL 04:`) are the same in every language; what is said of URLs is
read by its shape (`verification_urls`), the verdict by its codes
(`verification_tail`). An excerpt, or an output that is cut off, gives what
was read whole, and `complete` is False: what it does not mention is not
absent.
"""

from collections.abc import Sequence
from typing import Final

from farmsight_agent.hosts.evidence.answers import failed
from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.certutil import console, hresults
from farmsight_agent.hosts.evidence.certutil import verification_urls as urls
from farmsight_agent.hosts.evidence.certutil.console import Line
from farmsight_agent.hosts.evidence.certutil.dates import Calendar
from farmsight_agent.hosts.evidence.certutil.fields import Field, fields, name
from farmsight_agent.hosts.evidence.certutil.verification_parts import (
    NOT_TIME_VALID,
    OFFLINE_REVOCATION,
    REVOCATION_UNKNOWN,
    Element,
    Verification,
)
from farmsight_agent.hosts.evidence.certutil.verification_reading import Reading
from farmsight_agent.hosts.evidence.certutil.verification_tail import conclude
from farmsight_agent.hosts.evidence.certutil.verification_whole import is_described, is_whole

__all__ = ["Verification", "likeness", "parse"]

_MARKS: Final = ("CertContext[", "CERT_CHAIN", "[0.", "0x8007", "0x8009", "0x800b", "0x8019")
_MOST: Final = (100, 50, 50, 1000)  # certificates; sections, CRLs and results of one
_BY_LABEL: Final = {
    "Issuer": "issuer",
    "NotBefore": "not_before",
    "NotAfter": "not_after",
    "Subject": "subject",
    "Serial": "serial",
    "SubjectAltName": "alternative_names",
    "Template": "template",
    "Cert": "sha1",
}


def parse(file: Text) -> Verification:
    """Return what the tool found; raises FailedError (or DeniedError) for a command that failed or another text."""
    printed = console.lines(file)
    told = hresults.end(printed)
    body = _whole_lines(file, hresults.until_end(printed), cut=told is None)
    reading = Reading().take(body)
    found = reading.found
    found.complete = told is not None and is_whole(found, file, body)
    if not any(one.known or any(one.results) for one in found.elements):
        if told is not None and told.error:
            raise hresults.failed(file, told)
        raise failed(file, 1, "not-understood", "neither a chain nor the URLs of one")
    _bounded(file, found)
    for element in found.elements:
        _describe(element)
        urls.settle(element, cut=not found.complete and element is found.elements[-1])
    found.complete = found.complete and is_described(found)
    _name_leaf(found, reading.header)
    found.calendar = _calendar(found)
    conclude(found, reading.loose, failed_with=told.error if told is not None else "")
    return found


def likeness(file: Text) -> Likeness:
    """Tell whether a text is such an output: by the line that ends it, or by what only the chain engine prints."""
    if not console.holds(file, hresults.MARK, *_MARKS):
        return Likeness.NO
    printed = console.lines(file)
    told = hresults.end(printed)
    if told is not None and told.verb != "verify":
        return Likeness.NO
    if told is not None:
        return Likeness.CERTAIN
    reading = Reading().take(printed)
    if any(one.known for one in reading.found.elements) or reading.found.context_seen:
        return Likeness.CERTAIN
    if any(result.url for one in reading.found.elements for result in one.results):
        return Likeness.LIKELY
    spoken = any(hresults.failure(line.text) for line in reading.header)
    return Likeness.RESEMBLES if spoken or reading.found.elements else Likeness.NO


def _bounded(file: Text, found: Verification) -> None:
    """Raise FailedError for more of anything than a chain has, so that the rest may be simple and is never slow."""
    for element in found.elements:
        counts = (len(found.elements), len(element.sections), len(element.crls), sum(1 for _ in element.results))
        if any(count > most for count, most in zip(counts, _MOST, strict=True)):
            raise failed(file, element.line, "not-understood", "no chain has so many parts")


def _whole_lines(file: Text, body: Sequence[Line], *, cut: bool) -> Sequence[Line]:
    """Return the lines that are whole: where the output is cut off, the last one may not be."""
    if cut and body and not file.text.endswith(("\n", "\r")):
        return body[:-1]
    return body


def _describe(element: Element) -> None:
    """Say what the fields of an element are: by labels that no language translates, else by their order."""
    rows = element.rows
    if rows and all(row.label in _BY_LABEL for row in rows):
        told = {_BY_LABEL[row.label]: row for row in reversed(rows)}
    else:
        told = _by_order(rows)
    for attribute, row in told.items():
        setattr(element, attribute, _value(attribute, row))


def _value(attribute: str, row: Field) -> str:
    if attribute in {"issuer", "subject"}:
        return row.name
    return {"serial": row.serial, "sha1": row.sha1}.get(attribute, row.value)


def _by_order(rows: list[Field]) -> dict[str, Field]:
    if len(rows) < 5 or not (rows[1].is_date and rows[2].is_date and rows[4].serial):
        return {}
    told = dict(zip(("issuer", "not_before", "not_after", "subject", "serial"), rows, strict=False))
    for row in rows[5:]:
        if row.sha1:
            return told | {"sha1": row}
        told.setdefault("alternative_names" if "=" in row.value else "template", row)
    return told


def _name_leaf(found: Verification, header: Sequence[Line]) -> None:
    """Take the leaf's names from the lines above the chain, where each attribute has a line of its own."""
    leaf = found.leaf
    named = [row for row in fields(header) if row.parts]
    if leaf is None or len(named) != 2:
        return
    for attribute, row in zip(("issuer", "subject"), named, strict=True):
        exact, shown = name(", ".join(row.parts)), getattr(leaf, attribute)
        if len(exact) >= len(shown) > 0 or not shown:
            setattr(leaf, attribute, exact or shown)


def _calendar(found: Verification) -> Calendar:
    """Return how dates are read; what the engine found to be in force was so at one moment."""
    spans = [(one.not_before, one.not_after) for one in found.elements]
    spans += [(crl.this_update, crl.next_update) for one in found.elements for crl in one.crls]
    valid = [(one.not_before, one.not_after) for one in found.elements if not one.error_status & NOT_TIME_VALID]
    fresh = [one for one in found.elements if not one.error_status & (REVOCATION_UNKNOWN | OFFLINE_REVOCATION)]
    valid += [(crl.this_update, crl.next_update) for one in fresh for crl in one.crls if crl.whole]
    return Calendar((), [span for span in spans if all(span)], [span for span in valid if all(span)])
