"""`netsh interface ipv4 show excludedportrange protocol=tcp`, in any display language.

Rows of two ports below two underlined columns; a star behind them marks the
ranges that an administrator has set, and the line that explains it follows.
No row below the underline means that no range is kept back.
"""

import re
from typing import Final

from farmsight_agent.hosts.evidence.answers import failed, seen
from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.netsh import lines as netsh_lines
from farmsight_agent.hosts.evidence.netsh import wholeness
from farmsight_agent.hosts.evidence.netsh.lines import Line, Listing
from farmsight_agent.hosts.host import Seen
from farmsight_wire.v1 import facts_pb2

_COLUMNS: Final = re.compile(r"\s*-{3,}\s+-{3,}")
_RANGE: Final = re.compile(r"\s*([0-9]{1,5})\s+([0-9]{1,5})(?:\s+(\*))?")
_LEGEND: Final = re.compile(r"\s*\*\s*\S.*")
_OTHER_PROTOCOL: Final = re.compile(r"\budp\b|\bipv6\b", re.IGNORECASE)
_ALLOWED: Final = ("protocol=tcp", "tcp", "store=active", "active")


def likeness(text: Text) -> Likeness:
    """Tell how much a text looks like this listing: two underlined columns with ports below them, or nothing."""
    text = netsh_lines.beginning(text)
    _above, below = _parted(text)
    if below is None:
        return Likeness.NO
    filled = [line for line in below if line.text and not netsh_lines.foreign(line)]
    if not all(_RANGE.fullmatch(line.text) or _LEGEND.fullmatch(line.text) for line in filled):
        return Likeness.NO
    ranges = sum(bool(_RANGE.fullmatch(line.text)) for line in filled)
    if ranges and len(filled) > ranges:
        return Likeness.CERTAIN
    return Likeness.LIKELY if filled else Likeness.RESEMBLES


def parse(file: Text) -> Seen[facts_pb2.PortExclusion]:
    """Return the ranges; raises FailedError on a listing cut off, of another protocol or not understood."""
    above, below = _parted(file)
    if below is None:
        raise failed(file, 1, "not-understood", "no table of port ranges")
    if any(_OTHER_PROTOCOL.search(line.text) for line in above):
        raise failed(file, 1, "other-protocol", "the ranges of UDP or of IPv6, not those of TCP over IPv4")
    wholeness.check(
        file, Listing(tuple(above), tuple(below), ruled=True, ended=True), "excludedportrange", allowed=_ALLOWED
    )
    open_end = len(file.lines())  # the number of a line that has no end
    filled = [line for line in below if line.text and not netsh_lines.foreign(line)]
    if not below:
        raise failed(file, open_end, "truncated", "nothing behind the underline, not even the end of its line")
    found: list[tuple[facts_pb2.PortExclusion, int]] = []
    for line in filled:
        if _LEGEND.fullmatch(line.text):
            break
        if line.number == open_end and not line.text.endswith("*"):
            raise failed(file, line.number, "truncated", "a range that may go on")
        found.append((_range(file, line), line.number))
    if filled and len(found) == len(filled) and filled[-1] == below[-1 - (not below[-1].text)]:
        raise failed(file, filled[-1].number, "truncated", "neither a blank line nor what the star means behind them")
    return seen(file, found)


def _parted(text: Text) -> tuple[list[Line], list[Line] | None]:
    """Return the lines above and below the last two underlined columns; None for below where there are none."""
    lines = netsh_lines.lines_of(text)
    at = next((at for at in range(len(lines) - 1, -1, -1) if _COLUMNS.fullmatch(lines[at].text)), None)
    if at is None:
        return lines, None
    heading = next((one for one in range(at - 1, -1, -1) if _COLUMNS.fullmatch(lines[one].text)), -1)
    return lines[heading + 1 : at], lines[at + 1 :]


def _range(file: Text, line: Line) -> facts_pb2.PortExclusion:
    found = _RANGE.fullmatch(line.text)
    if found is None or not int(found[1]) <= int(found[2]) <= 65535:
        raise failed(file, line.number, "not-understood", "not a range of ports")
    return facts_pb2.PortExclusion(
        first=int(found[1]), last=int(found[2]), protocol="tcp", administered=found[3] is not None
    )
