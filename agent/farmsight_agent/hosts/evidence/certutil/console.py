"""What a console does to the lines of certutil: blanks of all kinds, and lines broken at its right edge.

A console that is copied from breaks a long line at its width and goes on at
column 0; nothing marks the break. A line that is as long as the longest one
is taken to go on in the next when that cannot begin anything itself. What
breaks in the middle of a word is put together without a blank.
"""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.columns import is_wide, width

_BLANKS: Final = str.maketrans(dict.fromkeys("\t\u00a0\u2007\u202f\u3000", " "))
# Byte order marks and marks of writing direction stand anywhere and say nothing.
_INVISIBLE: Final = re.compile("[\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WIDTHS: Final = frozenset({80, 120})  # what consoles have unless somebody changes it
_LEAST_WIDTH: Final = 60
_FULL_LINES: Final = 2
_BEGINS: Final = re.compile(
    r"CertUtil:|CertContext\[|(?:ChainContext|SimpleChain|Element)\.dw|(?:dw|Chain)Flags|HCCE_|CERT_CHAIN_"
    r"|={4}|-{4}|\[\d+\.\d+|[A-Za-z][A-Za-z0-9+.-]{1,9}://|ldap:|[A-Za-z]+\[\d+\] =|(?:PS )?[A-Za-z]:\\[^>]*>"
)
_STATUS: Final = re.compile(r'"[^"]*"[^":]{0,30}: *\d')
_DATE_LIKE: Final = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d")
_WHOLE_HASH: Final = re.compile(r" (?:[0-9a-fA-F]{40}|(?:[0-9a-fA-F]{2} ){19}[0-9a-fA-F]{2})$")
_LABEL: Final = re.compile(r"([^:\uff1a=]{1,60})[:\uff1a](?: |$)")


class Line(NamedTuple):
    """A line as it was printed, joined where the console broke it; `number` is where it begins, from 1."""

    number: int
    text: str

    @property
    def bare(self) -> str:
        """Return the text without its indent."""
        return self.text.lstrip()

    @property
    def indented(self) -> bool:
        """Tell whether the line begins with a blank."""
        return self.text[:1] == " "


def holds(file: Text, *marks: str) -> bool:
    """Tell whether one of these stands anywhere in a text; the quick look before the thorough one."""
    return any(mark in file.text for mark in marks)


@lru_cache(maxsize=1)  # each form looks at the same text in turn
def lines(file: Text) -> tuple[Line, ...]:
    """Return the lines of an output with plain blanks and none at the end."""
    plain = file.text.replace("\t", " ") if file.text.isascii() else _INVISIBLE.sub("", file.text).translate(_BLANKS)
    printed = replace(file, text=plain).lines()
    broken_at = _width(printed)
    if not broken_at:
        return tuple(Line(number, one.rstrip()) for number, one in enumerate(printed, 1))
    return tuple(_joined(printed, broken_at))


def _width(printed: list[str]) -> int:
    """Return the width at which lines were broken, 0 where nothing speaks for it.

    For a width of somebody's own it takes several different lines of that
    length, each with something below it that begins nothing. A line that ends
    in a whole thumbprint is as long as all of its kind, and not broken.
    """
    columns = list(map(len, printed)) if all(map(str.isascii, printed)) else list(map(width, printed))
    widest = max(columns, default=0)
    if widest in _WIDTHS or widest < _LEAST_WIDTH:
        return widest if widest in _WIDTHS else 0
    full = {
        one: after
        for one, after, taken in zip(printed, [*printed[1:], ""], columns, strict=True)
        if taken == widest and not _WHOLE_HASH.search(one)
    }
    going_on = all(_glue(one, after, full=True) is not None for one, after in full.items())
    return widest if len(full) >= _FULL_LINES and going_on else 0


def _joined(printed: list[str], broken_at: int) -> list[Line]:
    missing = [broken_at - width(one) for one in printed]
    # A sentence that also stands where nothing was broken before it is no rest of a line.
    alone = {one for one, before in zip(printed[1:], missing, strict=False) if before > 1} | {printed[0]}
    groups: list[tuple[int, list[str]]] = [(1, [printed[0]])]
    for number, (before, after, short) in enumerate(zip(printed, printed[1:], missing, strict=False), 2):
        glue = _glue(before, after, full=short <= _wide(after)) if short <= 1 and after not in alone else None
        if glue is None:
            groups.append((number, [after]))
        else:
            groups[-1][1].extend((glue, after))
    return [Line(number, "".join(parts).rstrip()) for number, parts in groups]


def _wide(text: str) -> int:
    """Return 1 for a character of two columns, which may not have fitted into the last one."""
    return int(bool(text) and is_wide(text[0]))


def _glue(before: str, after: str, *, full: bool) -> str | None:
    """Return what stood between two parts of one line; None when they are two lines."""
    rest = after.lstrip(" ")
    if not rest or _DATE_LIKE.match(rest):
        return None
    if full and before.count("(") > before.count(")") and ")" in rest:  # broken within brackets
        return ""
    if begins(after):
        return None
    if full:
        return "" if len(after) - len(rest) <= 1 else None
    # The blank behind a comma fell on the edge and was lost.
    return " " if before.endswith(",") and rest == after and "=" in rest else None


def begins(text: str) -> bool:
    """Tell whether a text is the beginning of a line of certutil by its shape."""
    bare = text.lstrip()
    if _BEGINS.match(bare) or _STATUS.search(bare[:200]):
        return True
    label = _LABEL.match(bare)
    return bool(label and "0x" not in label[1] and label[1].count("(") == label[1].count(")"))
