"""The entries of a store listing: certificates, CRLs and others, told apart by the order and shape of their fields.

A certificate has its serial number first, then issuer, two dates, subject;
a CRL has its issuer first, one or two dates, and no second name. The words
are translated and decide nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.certutil.console import Line
from farmsight_agent.hosts.evidence.certutil.fields import Field, fields, hexadecimal
from farmsight_agent.hosts.evidence.certutil.hresults import failure

_HEADER: Final = re.compile(r"\s*={5,} (?P<what>.*?[^=]) ={5,}")
_LONGEST_HEADER: Final = 200
_NUMBER: Final = re.compile(r"\d+")
_NUMBERED_VALUE: Final = re.compile(r"[^=]*=\s*((?:[0-9a-fA-F]{2}\s?)+)")
# Only the English sentences say whether a key is there; in other languages it is not told. That a key
# cannot be opened ("Missing stored keyset") is also what somebody without the right to it is told.
_HAS_KEY: Final = {
    "encryption test passed": True,
    "signature test passed": True,
    "no key provider information": False,
}


@dataclass(frozen=True, kw_only=True)
class Block:
    """The lines of one entry; `number` is the one in its heading, None where there is none."""

    line: int
    number: int | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class ListedCertificate:
    """A certificate as listed; dates as they are printed, `error` the HRESULT of -verifystore's verdict or ""."""

    line: int
    sha1: str
    serial: str
    issuer: str
    subject: str
    not_before: str
    not_after: str
    error: str
    has_key: bool | None


@dataclass(frozen=True, kw_only=True)
class ListedCrl:
    """A CRL as listed; dates as they are printed."""

    line: int
    sha1: str
    issuer: str
    this_update: str
    next_update: str
    entries: int
    number: str
    delta_base_number: str


def is_header(line: Line) -> bool:
    """Tell whether a line is the heading of an entry."""
    return len(line.text) <= _LONGEST_HEADER and _HEADER.fullmatch(line.text) is not None


def blocks(printed: Sequence[Line]) -> list[Block]:
    """Return the entries with their lines; what stands before the first is no entry."""
    starts = [at for at, line in enumerate(printed) if is_header(line)]
    found = []
    for begin, end in zip(starts, [*starts[1:], len(printed)], strict=False):
        number = _NUMBER.search(printed[begin].text)
        found.append(
            Block(
                line=printed[begin].number,
                number=int(number[0]) if number and len(number[0]) < 9 else None,
                lines=tuple(printed[begin + 1 : end]),
            )
        )
    return found


def read(block: Block) -> ListedCertificate | ListedCrl | None:
    """Return what an entry is; None for what is neither a certificate nor a CRL (a CTL).

    A certificate or CRL whose thumbprint is not shown has "" there.
    """
    rows = fields(block.lines)
    dated = [at for at, row in enumerate(rows) if row.is_date]
    before = rows[: dated[0] - 1] if dated else rows[:2]  # the issuer stands between serial number and dates
    serial = next((at for at, row in enumerate(before) if row.serial), None)
    if serial is not None or _second_name(rows, dated):
        return _certificate(block, rows, dated, serial)
    issuer = next((row for row in reversed(rows[: dated[0]]) if row.is_name), None) if dated else None
    return _crl(block, rows, dated, issuer) if issuer is not None else None


def _second_name(rows: list[Field], dated: list[int]) -> bool:
    """Tell whether two fields are names, the second behind the dates where there are dates."""
    named = [at for at, row in enumerate(rows) if row.is_name]
    if not dated:
        return len(named) >= 2
    return any(at < dated[0] for at in named) and any(at == dated[min(1, len(dated) - 1)] + 1 for at in named)


def _certificate(block: Block, rows: list[Field], dated: list[int], serial: int | None) -> ListedCertificate:
    first = 0 if serial is None else serial + 1
    if len(dated) >= 2:
        before = rows[first : dated[0]]
        issuer = next((row for row in before if row.is_name), before[0] if before else None)
        subject = rows[dated[1] + 1] if dated[1] + 1 < len(rows) else None
    else:
        named = [row for row in rows[first:] if row.is_name]
        issuer, subject = (*named, None, None)[:2]
    return ListedCertificate(
        line=block.line,
        sha1=_sha1(rows),
        serial="" if serial is None else rows[serial].serial,
        issuer=issuer.name if issuer else "",
        subject=subject.name if subject else "",
        not_before=rows[dated[0]].value if len(dated) >= 2 else "",
        not_after=rows[dated[1]].value if len(dated) >= 2 else "",
        error=next((code for code in map(failure, _texts(block)) if code), ""),
        has_key=next((_HAS_KEY[one] for one in _sentences(block) if one in _HAS_KEY), None),
    )


def _crl(block: Block, rows: list[Field], dated: list[int], issuer: Field) -> ListedCrl:
    last = dated[1] if len(dated) > 1 and dated[1] == dated[0] + 1 else dated[0]
    rest = rows[last + 1 :]
    count = next((row.value for row in rest if _NUMBER.fullmatch(row.value) and len(row.value) < 10), "0")
    numbers = [found[1] for row in rest if (found := _NUMBERED_VALUE.fullmatch(row.value))]
    packed = [hexadecimal("".join(one.split())) for one in numbers]
    return ListedCrl(
        line=block.line,
        sha1=_sha1(rows),
        issuer=issuer.name,
        this_update=rows[dated[0]].value,
        next_update=rows[last].value if last != dated[0] else "",
        entries=int(count),
        number=packed[0] if packed else "",
        delta_base_number=packed[1] if len(packed) > 1 else "",
    )


def _sha1(rows: list[Field]) -> str:
    """Return the thumbprint: the last SHA-1 that is shown; before it come those of names and keys, if any."""
    return next((row.sha1 for row in reversed(rows) if row.tells_sha1), "")


def _texts(block: Block) -> list[str]:
    return [line.text for line in block.lines]


def _sentences(block: Block) -> list[str]:
    return [line.bare.lower().rstrip(".") for line in block.lines]
