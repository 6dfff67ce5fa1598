"""`certutil -store NAME` and `certutil -verifystore NAME`, in any display language.

A listing shows no bytes: a certificate is known by its thumbprint and its
names. It counts only when it is whole: with the line that ends it, and with
entries numbered from 0 without a gap (`certutil -store NAME CERTIFICATE`
prints one entry with the number that it has in the whole store).

A command that failed lists nothing. CRYPT_E_NOT_FOUND and NTE_NOT_FOUND say
that one certificate was sought and is not there, which tells nothing of the
others; ROOT, CA and MY are on every Windows, so of them a failure never
means that they are empty. An empty store ends without a failure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from farmsight_agent.hosts.evidence import selection
from farmsight_agent.hosts.evidence.answers import failed, seen
from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.certutil import console, hresults
from farmsight_agent.hosts.evidence.certutil.commands import command_in
from farmsight_agent.hosts.evidence.certutil.console import Line
from farmsight_agent.hosts.evidence.certutil.dates import Calendar
from farmsight_agent.hosts.evidence.certutil.store_entries import (
    ListedCertificate,
    ListedCrl,
    blocks,
    is_header,
    read,
)
from farmsight_agent.hosts.evidence.certutil.summaries import summary
from farmsight_agent.hosts.host import Seen, StoredCertificate, StoredCrl
from farmsight_agent.normalise.spelling import store_name
from farmsight_agent.outcome import FailedError, UnavailableError
from farmsight_wire.v1 import facts_pb2

_VERBS: Final = frozenset({"store", "verifystore"})
_NAME_SHOWN: Final = re.compile(r'(?P<name>[^"]{1,200}?) "[^"]*"|(?P<alone>[\w.$-]{1,80})')
_KEY: Final = {True: facts_pb2.TRISTATE_YES, False: facts_pb2.TRISTATE_NO, None: facts_pb2.TRISTATE_UNSPECIFIED}


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A whole store as listed; `store` is the name that the listing itself gives, None where it gives none."""

    store: str | None
    location: facts_pb2.StoreLocation.ValueType
    certificates: tuple[ListedCertificate, ...]
    crls: tuple[ListedCrl, ...]
    calendar: Calendar


def parse(file: Text, store: str = "") -> Seen[StoredCertificate]:
    """Return the certificates of a listing as those of the store asked for, or of the one that it names.

    Raises FailedError for a listing that is cut off, partial or of another
    store, UnavailableError for a store that does not exist, DeniedError.
    """
    found = listing(file)
    name = _name(file, found, store)
    return seen(file, [(_certificate(name, found, one), one.line) for one in found.certificates])


def parse_crls(file: Text, store: str = "") -> Seen[StoredCrl]:
    """Return the CRLs of a listing; raises as `parse` does."""
    found = listing(file)
    name = _name(file, found, store)
    return seen(file, [(_crl(name, found, one), one.line) for one in found.crls])


def store_shown(file: Text) -> str:
    """Return the store that the line above the first entry names, in one spelling, or ""."""
    return _shown(console.lines(file)) or ""


def likeness(file: Text) -> Likeness:
    """Tell whether a text is such a listing: its end line says so, or its entries look so."""
    if not console.holds(file, hresults.MARK, "===="):
        return Likeness.NO
    printed = console.lines(file)
    told = hresults.end(printed)
    if told is not None:
        return Likeness.CERTAIN if told.verb in _VERBS else Likeness.NO
    headers = {at for at, line in enumerate(printed) if is_header(line)}
    if not headers or any(one + 1 in headers for one in headers):  # PKCS #12: a heading within a heading
        return Likeness.NO
    known = any(entry is not None and entry.sha1 for entry in map(read, blocks(printed)[:3]))
    return Likeness.LIKELY if known else Likeness.RESEMBLES


@lru_cache(maxsize=1)  # its certificates are asked for, then its CRLs
def listing(file: Text) -> Listing:
    """Return a whole listing; raises as `parse` does."""
    printed = console.lines(file)
    told = hresults.end(printed)
    if told is not None and told.error:
        _refuse(file, told)
    body = hresults.until_end(printed)
    if told is None:
        raise _without_end(file, body)
    if told.verb not in _VERBS:
        raise failed(file, told.line, "not-understood", "the end of another command than one that lists a store")
    asked = command_in(printed)
    if asked is not None and asked.filtered:
        raise FailedError("partial-listing", f"{file.name}: lists what matches, not the store", source=file.at(1))
    gap = selection.gap_in(file.lines(), drawn=True)
    if gap:
        raise failed(file, gap, "partial-listing", "something is left out")
    entries = _entries(file, body)
    certificates = tuple(one for one in entries if isinstance(one, ListedCertificate))
    crls = tuple(one for one in entries if isinstance(one, ListedCrl))
    return Listing(
        store=_shown(printed),
        location=asked.location if asked is not None else facts_pb2.STORE_LOCATION_LOCAL_MACHINE,
        certificates=certificates,
        crls=crls,
        calendar=_calendar(certificates, crls),
    )


def _without_end(file: Text, body: Sequence[Line]) -> FailedError:
    last = next((line.number for line in reversed(body) if line.text), 1)
    if not any(is_header(line) for line in body):
        return failed(file, 1, "not-understood", "no listing of a store")
    return failed(file, last, "truncated", "a listing without its end")


def _refuse(file: Text, told: hresults.End) -> None:
    """Raise what a failed command means."""
    if told.error == hresults.FILE_NOT_FOUND:
        detail = f"{file.place(told.line)}: the store does not exist"
        raise UnavailableError("no-such-store", detail, source=file.at(told.line))
    if told.error in hresults.NOT_FOUND:
        what = f"what was sought is not in the store ({told.error}); the store was not listed"
        raise failed(file, told.line, "not-found", what)
    raise hresults.failed(file, told)


def _entries(file: Text, body: Sequence[Line]) -> list[ListedCertificate | ListedCrl]:
    found: list[ListedCertificate | ListedCrl] = []
    next_number = 0
    for block in blocks(body):
        entry = read(block)
        if entry is None:
            continue
        if not entry.sha1:
            raise failed(file, block.line, "not-understood", "an entry whose thumbprint is not shown")
        if isinstance(entry, ListedCertificate):
            if block.number is not None and block.number != next_number:
                detail = f"{file.name}: entry {block.number} where {next_number} was to come: the store is not whole"
                raise FailedError("partial-listing", detail, source=file.at(block.line))
            next_number += 1
        found.append(entry)
    _check_alike(file, found)
    return found


def _check_alike(file: Text, found: Sequence[ListedCertificate | ListedCrl]) -> None:
    """Refuse a listing in which one certificate lacks a row that others have: two may have become one."""
    certificates = [one for one in found if isinstance(one, ListedCertificate)]
    lacking = [one for one in certificates if not (one.serial and one.not_after)]
    if lacking and len(lacking) < len(certificates):
        what = "an entry without the serial number or the dates that others have"
        raise failed(file, lacking[0].line, "not-understood", what)


def _shown(printed: Sequence[Line]) -> str | None:
    """Return the name of the store from the line above the first entry, or above the end of an empty listing."""
    above = ""
    for line in printed:
        if is_header(line) or hresults.end([line]) is not None:
            break
        above = line.text.strip() or above
    else:
        return None
    found = _NAME_SHOWN.fullmatch(above)
    return store_name(found["name"] or found["alone"]) if found else None


def _name(file: Text, found: Listing, store: str) -> str:
    wanted = store_name(store)
    if wanted and found.store and found.store.lower() != wanted.lower():
        detail = f"{file.name}: a listing of {found.store}, taken for one of {wanted}"
        raise FailedError("another-store", detail, source=file.at(1))
    return wanted or found.store or ""


def _calendar(certificates: tuple[ListedCertificate, ...], crls: tuple[ListedCrl, ...]) -> Calendar:
    spans = [(one.not_before, one.not_after) for one in certificates]
    spans += [(one.this_update, one.next_update) for one in crls if one.next_update]
    return Calendar((one.this_update for one in crls), spans)


def _certificate(store: str, found: Listing, one: ListedCertificate) -> StoredCertificate:
    message = facts_pb2.StoreCertificate(
        store=store,
        location=found.location,
        origin=facts_pb2.STORE_ORIGIN_UNKNOWN,
        has_private_key=_KEY[one.has_key],
        certificate=summary(one, found.calendar),
    )
    return StoredCertificate(der=None, message=message)


def _crl(store: str, found: Listing, one: ListedCrl) -> StoredCrl:
    ends = found.calendar.stamp(one.next_update)
    summary = facts_pb2.CrlSummary(
        issuer=one.issuer,
        this_update=found.calendar.stamp(one.this_update),
        next_update=ends,
        entries=one.entries,
        number=one.number,
        delta_base_number=one.delta_base_number,
    )
    if one.next_update and ends is None:  # without this, it would be one that never ends
        summary.parse_error = f"the listing shows the date {one.next_update!r}, and not in which order"
    message = facts_pb2.StoreCrl(
        store=store,
        location=found.location,
        origin=facts_pb2.STORE_ORIGIN_UNKNOWN,
        sha1=one.sha1,
        crl=summary,
    )
    return StoredCrl(der=None, message=message)
