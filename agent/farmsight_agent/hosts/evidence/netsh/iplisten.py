"""`netsh http show iplisten`, in any display language: a heading, its underline, one address a line.

No address below the underline means that http.sys listens on all.
"""

import ipaddress
from itertools import pairwise
from typing import Final

from farmsight_agent.hosts.evidence.answers import failed, seen
from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.netsh import lines as netsh_lines
from farmsight_agent.hosts.evidence.netsh import wholeness
from farmsight_agent.hosts.evidence.netsh.lines import Line, Listing
from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

_LONGEST: Final = 60  # of an address with its zone


def likeness(text: Text) -> Likeness:
    """Tell how much a text looks like this listing: nothing but addresses below an underlined heading."""
    text = netsh_lines.beginning(text)
    listing = netsh_lines.listing(text)
    if not listing.ruled:
        return Likeness.NO
    if listing.empty:
        return Likeness.RESEMBLES
    return Likeness.LIKELY if all(map(_is_address, _filled(listing))) else Likeness.NO


def parse(file: Text) -> Seen[facts_pb2.IpListen]:
    """Return the addresses; raises FailedError on a listing cut off or not understood."""
    listing = netsh_lines.listing(file)
    filled = _filled(listing)
    if not listing.ruled:
        raise failed(file, listing.first, "not-understood", "no list of addresses")
    listing.check_heading_ended(file)
    wholeness.check(file, listing, "iplisten")
    for line in filled:
        if not _is_address(line):
            raise _refused(file, listing, line)
        if listing.cut_in(line):
            raise failed(file, line.number, "truncated", "an address that may go on")
    once = {line.text.strip().lower(): line for line in reversed(filled)}
    kept = sorted(once.values(), key=lambda line: line.number)
    return seen(file, [(facts_pb2.IpListen(address=line.text.strip()), line.number) for line in kept])


def _filled(listing: Listing) -> list[Line]:
    """Return the lines that hold something, up to what somebody wrote below the addresses."""
    found = [line for line in listing.lines if line.text and not netsh_lines.foreign(line)]
    if not found or not found[0].indented or not _is_address(found[0]):
        return found
    ends = next((at for at, (one, other) in enumerate(pairwise(found), 1) if _parts(one, other)), len(found))
    return found[:ends]


def _parts(one: Line, other: Line) -> bool:
    return not other.indented and other.number > one.number + 1


def _refused(file: Text, listing: Listing, line: Line) -> FailedError:
    reason = "truncated" if listing.cut_in(line) else "not-understood"
    return failed(file, line.number, reason, "not an address")


def _is_address(line: Line) -> bool:
    text = line.text.strip()
    if len(text) > _LONGEST:
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
