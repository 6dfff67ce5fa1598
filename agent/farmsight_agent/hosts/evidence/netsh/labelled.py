"""Lines of "label : value" in any language, taken apart in one pass."""

import re
from functools import lru_cache
from typing import Final

_COLON: Final = re.compile("[:\uff1a]")
_DOUBLED: Final = re.compile(r"(?:\s*(?::(?=\s|$)|\uff1a))*")
_BETWEEN: Final = ": \t\u00a0\u3000\uff1a"
_WIDE: Final = "\uff1a"  # East Asian consoles write this one, and no blank behind it


@lru_cache(maxsize=512)  # a line is looked at for its indent, as a row's rest, and as a row
def split(line: str) -> tuple[str, str] | None:
    """Return label and value, parted by the first colon that stands free; None when there is none.

    A colon inside a word ("IP:port", "[::]:443") is part of the word. Of two
    with nothing but blanks between them the first belongs to the label: that
    of the certificate's store ends in one in French.
    """
    begin = len(line) - len(line.lstrip())
    for found in _COLON.finditer(line):
        if found.start() > begin and _free(line, found.start()):
            value = _DOUBLED.match(line, found.end())
            end = value.end() if value is not None else found.end()
            return line[:end].rstrip(_BETWEEN).lstrip(), line[end:].strip()
    return None


def last(line: str) -> tuple[str, str] | None:
    """Return label and value, parted by the last colon that stands free, for labels that hold one themselves."""
    at = max((found.start() for found in _COLON.finditer(line) if _free(line, found.start())), default=0)
    return (line[:at].strip(), line[at + 1 :].strip()) if line[:at].strip() else None


def _free(line: str, at: int) -> bool:
    behind = at + 1 == len(line) or line[at + 1].isspace()
    return behind or line[at] == _WIDE or (at > 0 and line[at - 1].isspace())
