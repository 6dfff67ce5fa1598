"""`netsh http show urlacl`, in any display language.

Only what no translation touches is read: a line that ends in a URL begins a
record, and the line with the SDDL ends it. Who may do what comes from the
SDDL; the translated lines between give at most a name to show. Where a text
holds two listings the later one stands, whole or not.
"""

import re
from typing import Final

from farmsight_agent.hosts import sddl
from farmsight_agent.hosts.evidence.answers import failed, seen
from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.netsh import lines as netsh_lines
from farmsight_agent.hosts.evidence.netsh import wholeness
from farmsight_agent.hosts.evidence.netsh.lines import Line, Listing
from farmsight_agent.hosts.evidence.netsh.urlacl_records import Record, records
from farmsight_agent.hosts.host import Seen
from farmsight_agent.normalise.spelling import reserved_url
from farmsight_wire.v1 import facts_pb2

_ACCOUNT: Final = re.compile(r"[:\uff1a]\s*(\\?\S[^:\uff1a]*)$")
_PREFIX: Final = re.compile(r"https?://[^/\s]+:\d{1,5}/")  # http.sys never leaves the port out


def likeness(text: Text) -> Likeness:
    """Tell how much a text looks like this listing: a URL and its SDDL are found nowhere else together."""
    text = netsh_lines.beginning(text)
    listing = netsh_lines.listing(text)
    found = records(listing) if "://" in text.text else []
    if any(record.descriptor for record in found):
        return Likeness.CERTAIN
    prefixes = [record.labelled and _PREFIX.match((record.url or "").lower()) for record in found]
    if found and all(prefixes):
        return Likeness.LIKELY if listing.ruled else Likeness.RESEMBLES
    return Likeness.RESEMBLES if listing.ruled and listing.empty else Likeness.NO


def parse(file: Text) -> Seen[facts_pb2.UrlReservation]:
    """Return the reservations; raises FailedError on a listing cut off, narrowed to one URL or not understood."""
    listing = netsh_lines.listing(file)
    found = _latest(records(listing))
    _check(file, listing, found)
    values = tuple(_reservation(file, record) for record in found)
    _check_end(file, listing, found, values)
    return seen(file, [(value, record.line) for value, record in zip(values, found, strict=True)])


def _latest(found: list[Record]) -> list[Record]:
    """Return the records of the last listing where two follow one another without a heading: each URL once."""
    keys = [reserved_url(record.url or f"#{record.line}") for record in found]
    begin = max((at for at, key in enumerate(keys) if key == keys[0]), default=0)
    by_url = dict(zip(keys[begin:], found[begin:], strict=True))
    return sorted(by_url.values(), key=lambda record: record.line)


def _check(file: Text, listing: Listing, found: list[Record]) -> None:
    if not found:
        if not (listing.ruled and listing.empty):
            raise failed(file, listing.first, "not-understood", "no list of reservations")
        listing.check_heading_ended(file)
    orphan = next((line for record in found for line in record.orphans), 0)
    if orphan:
        raise failed(file, orphan, "truncated", "an SDDL without its URL")
    wholeness.check(file, listing, "urlacl", found[0].line if found else 0)


def _check_end(file: Text, listing: Listing, found: list[Record], values: tuple[facts_pb2.UrlReservation, ...]) -> None:
    """Refuse a listing that may go on: a label without its URL, or a descriptor whose entries are too few."""
    last = listing.last
    if not found or last is None or netsh_lines.foreign(last):
        return
    record = found[-1]
    if last.number > record.last_line and (last.indented or _begins_a_record(last) or listing.cut_in(last)):
        raise failed(file, last.number, "truncated", "a line behind the last reservation")
    if listing.cut_in(last) and len(values[-1].trustees) < record.entries_shown():
        raise failed(file, record.line, "truncated", "an SDDL with fewer entries than the lines above it")


def _begins_a_record(line: Line) -> bool:
    return ":" in line.text or "\uff1a" in line.text


def _reservation(file: Text, record: Record) -> facts_pb2.UrlReservation:
    if not record.descriptor or not record.whole:
        raise failed(file, record.line, "truncated", "a URL without its SDDL")
    if record.url is None:
        raise failed(file, record.line, "not-understood", "not a URL")
    try:
        trustees = sddl.trustees(record.descriptor)
    except sddl.SddlError as error:
        raise failed(file, record.line, "not-understood", str(error)) from error
    _name(trustees, record.between)
    return facts_pb2.UrlReservation(
        url=record.url,
        sddl="".join(record.descriptor.split()),
        trustees=trustees,
        data_source=facts_pb2.AGENT_DATA_SOURCE_COMMAND_TEXT,
    )


def _name(trustees: list[facts_pb2.Trustee], between: list[str]) -> None:
    """Give entries without a name of their own the one that the listing shows, when it shows one each."""
    accounts = [found[1].strip() for found in map(_ACCOUNT.search, between) if found and "\\" in found[1]]
    if len(accounts) == len(trustees):
        for trustee, name in zip(trustees, accounts, strict=True):
            trustee.name = trustee.name or name
