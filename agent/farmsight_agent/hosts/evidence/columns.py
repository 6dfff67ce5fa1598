"""How many columns a console gives to a text: two to the wide characters of East Asia (UAX 11)."""

import unicodedata
from typing import Final

_WIDE: Final = frozenset("WF")


def is_wide(character: str) -> bool:
    """Tell a character that takes two columns."""
    return unicodedata.east_asian_width(character) in _WIDE


def width(text: str) -> int:
    """Return how many columns a text takes."""
    return len(text) if text.isascii() else len(text) + sum(map(is_wide, text))
