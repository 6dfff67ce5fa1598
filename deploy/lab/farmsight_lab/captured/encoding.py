"""Text as the bytes of a file: by the redirection of a command prompt, of PowerShell, or by an editor."""

import codecs
from typing import Final

from farmsight_lab.captured.languages.words import Words
from farmsight_lab.captured.plan import Encoding

# What Windows puts in place of a character that a code page lacks, where it knows one that looks alike.
_BEST_FIT: Final = str.maketrans({"\u2019": "'", "\u2014": "-", "\u2013": "-", "\u2026": "...", "\u201c": '"'})


def encoded(text: str, encoding: Encoding, words: Words) -> bytes:
    """Return the bytes; what a code page has no letter for becomes one like it, or a question mark."""
    if encoding == "utf-8":
        return text.encode()
    if encoding == "utf-16":
        return codecs.BOM_UTF16_LE + text.encode("utf-16-le")
    page = words.oem if encoding == "oem" else words.ansi
    try:
        return text.encode(page)
    except UnicodeEncodeError:
        return text.translate(_BEST_FIT).encode(page, errors="replace")
