"""`netsh http show sslcert`, in any display language, as text and as JSON (`json=enable`).

The order of the first thirteen fields never changes, so they are read by
place. Later ones differ between builds: they are read by the part of their
label that no language translates, and by place where those parts prove that
the build is one whose places are known. What lies below "Extended
Properties" is no flag. Where a text holds two listings the later one stands,
whole or not.
"""

from collections.abc import Mapping, Sequence

from farmsight_agent.hosts.evidence.answers import failed, seen
from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.netsh import lines as netsh_lines
from farmsight_agent.hosts.evidence.netsh import sslcert_fields, sslcert_json, sslcert_words, wholeness
from farmsight_agent.hosts.evidence.netsh.lines import Listing
from farmsight_agent.hosts.evidence.netsh.rows import Row, rows
from farmsight_agent.hosts.evidence.netsh.sslcert_records import NUMBER, Record, check, records
from farmsight_agent.hosts.host import Seen
from farmsight_wire.v1 import facts_pb2


def likeness(text: Text) -> Likeness:
    """Tell how much a text looks like this listing: an address, a hash and an application's GUID in a row."""
    text = netsh_lines.beginning(text)
    if sslcert_json.MARK in text.text.lower():
        return Likeness.CERTAIN
    listing = netsh_lines.listing(text)
    if "{" in text.text and records(rows(listing)[0]):
        return Likeness.CERTAIN
    return Likeness.RESEMBLES if listing.ruled and listing.empty else Likeness.NO


def parse(file: Text) -> Seen[facts_pb2.TlsBinding]:
    """Return the bindings; raises FailedError on a listing cut off, narrowed to one binding or not understood."""
    listing = netsh_lines.listing(file)
    if sslcert_json.MARK in file.text.lower():
        wholeness.check(file, listing, "sslcert")
        return sslcert_json.parse(file)
    all_rows, rest = rows(listing)
    found = records(all_rows)
    wholeness.check(file, listing, "sslcert", found[0].line if found else 0)
    if not found:
        _check_empty(file, listing, all_rows)
        return seen(file)
    if rest is not None:
        raise failed(file, rest.number, "truncated", "the beginning of a row")
    check(file, listing, all_rows, found)
    named = [sslcert_fields.names(record.fields) for record in found]
    words = sslcert_fields.words(found, named)
    _check_last_word(file, listing, found, words)
    own = sslcert_fields.hashed(found)
    kept = _latest(found)
    return seen(file, [(sslcert_fields.binding(found[at], named[at], words, own), found[at].line) for at in kept])


def _check_empty(file: Text, listing: Listing, all_rows: Sequence[Row]) -> None:
    if listing.ruled and listing.empty:
        listing.check_heading_ended(file)
        return
    reason = "truncated" if listing.ruled and all_rows else "not-understood"
    raise failed(file, listing.first, reason, "no list of bindings")


def _check_last_word(file: Text, listing: Listing, found: Sequence[Record], words: Mapping[str, bool]) -> None:
    """Refuse a listing whose last word may have lost its end."""
    last = found[-1].rows[-1]
    word = sslcert_words.folded(last.value)
    if word in words or (last != found[-1].fields[-1] and NUMBER.fullmatch(last.value)):
        return
    elsewhere = any(row.value == last.value for record in found for row in record.fields if row != last)
    if any(longer.startswith(word) for longer in words) or (not listing.ended and not elsewhere):
        raise failed(file, last.number, "truncated", "a field whose value may go on")


def _latest(found: Sequence[Record]) -> list[int]:
    """Return the places of the last listing's records where two follow without a heading: each binding once."""
    keys = [(record.key[0].casefold(), record.key[1].lower()) for record in found]
    begin = max(at for at, key in enumerate(keys) if key == keys[0])
    return sorted({key: at for at, key in enumerate(keys) if at >= begin}.values())
