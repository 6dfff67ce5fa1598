"""Lines of "label : value" in any language, taken apart in one pass."""

import re
from typing import Final

_COLON: Final = re.compile("[:\uff1a]")  # East Asian consoles write the wide one


def split(line: str) -> tuple[str, str] | None:
    """Return label and value, parted by the first colon that stands free; None when there is none.

    A colon inside a word ("IP:port", "[::]:443") is part of the word.
    """
    for found in _COLON.finditer(line):
        at, after = found.start(), found.end()
        free = after == len(line) or line[after].isspace() or (at > 0 and line[at - 1].isspace())
        if free and line[:at].strip():
            return line[:at].strip(), line[after:].strip()
    return None
