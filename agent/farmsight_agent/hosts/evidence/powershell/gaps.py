"""Where somebody left something out of PowerShell's output, or a pager drew a line through it.

What stands beside such a place may have lost its other half: an object that
ends there, and one that begins there, are not read as wholes, and the
listing that they are in is not all that there was.
"""

import re
from collections.abc import Sequence
from typing import Final

from farmsight_agent.hosts.evidence import selection
from farmsight_agent.hosts.evidence.powershell.lines import Line
from farmsight_agent.hosts.evidence.powershell.records import Record

# What X509Certificate2.ToString() prints between brackets, alone on a line.
_CERTIFICATE: Final = re.compile(
    r"\s*\[(?:Subject|Issuer|Serial Number|Not Before|Not After|Thumbprint|Version|Friendly Name|Signature Algorithm"
    r"|Public Key|Extensions)\]\s*",
    re.IGNORECASE,
)


def first(lines: Sequence[Line]) -> int | None:
    """Return the number of the first line that shows a gap, None for none."""
    return next((line.number for line in lines if _is_gap(line.text)), None)


def parted(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines between the gaps; all of them as one where there is none."""
    pieces: list[list[Line]] = [[]]
    for line in lines:
        if _is_gap(line.text):
            pieces.append([])
        else:
            pieces[-1].append(line)
    return pieces


def taken_apart(runs: Sequence[list[Record]], *, first: bool, last: bool) -> None:
    """Mark the objects beside a gap: they may be halves, and others are missing."""
    if runs and not first:
        runs[0][0].whole = False
    if runs and not last:
        runs[-1][-1].whole = False


def _is_gap(text: str) -> bool:
    if not text or _CERTIFICATE.fullmatch(text):
        return False
    return selection.is_omission(text) or selection.is_remark(text) or selection.is_drawn(text)
