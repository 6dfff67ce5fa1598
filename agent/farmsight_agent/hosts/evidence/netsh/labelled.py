"""Lines of "label : value" in any language, taken apart in one pass."""

import re
from typing import Final

_COLON: Final = re.compile("[:\uff1a]")
_WIDE: Final = "\uff1a"  # East Asian consoles write this one, and no blank behind it


def split(line: str) -> tuple[str, str] | None:
    """Return label and value, parted by the first colon that stands free; None when there is none.

    A colon inside a word ("IP:port", "[::]:443") is part of the word.
    """
    for found in _COLON.finditer(line):
        if _free(line, found.start()) and line[: found.start()].strip():
            return line[: found.start()].strip(), line[found.end() :].strip()
    return None


def last(line: str) -> tuple[str, str] | None:
    """Return label and value, parted by the last colon that stands free, for labels that hold one themselves."""
    at = max((found.start() for found in _COLON.finditer(line) if _free(line, found.start())), default=0)
    return (line[:at].strip(), line[at + 1 :].strip()) if line[:at].strip() else None


def _free(line: str, at: int) -> bool:
    behind = at + 1 == len(line) or line[at + 1].isspace()
    return behind or line[at] == _WIDE or (at > 0 and line[at - 1].isspace())
