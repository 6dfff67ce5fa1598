"""The text of captured files, whichever encoding their console or editor chose.

Windows tools write the OEM code page into a redirected file, Windows
PowerShell UTF-16 with a byte order mark, editors UTF-8. Nothing in the bytes
says which, so the marks are looked at first and the statistics after.
"""

import codecs
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODE_PAGES: Final = ("cp850", "cp437", "cp1252")
# What the letters of Western European languages are, in the order of how often they come.
_LETTERS: Final = frozenset("äöüßÄÖÜéèêëàâçîïôùûñáíóúÁÉÍÓÚÑåæøÅÆØãõìò")
_SPACES_AND_QUOTES: Final = frozenset("\u00a0\u2019«»°§€")
_SAMPLE: Final = 200_000


def decode(data: bytes) -> tuple[str, str]:
    """Return the text and the name of the encoding taken; never raises.

    NUL bytes that are no part of the encoding are dropped; what a code page
    does not define becomes U+FFFD.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _clean(data[len(mark) :], encoding), encoding
    wide = _utf_16(data[:_SAMPLE])
    if wide:
        return _clean(data, wide), wide
    try:
        # final=False: a capture may end in the middle of a character.
        text = codecs.getincrementaldecoder("utf-8")().decode(data, final=False)
        return text.replace("\0", ""), "utf-8"
    except UnicodeDecodeError:
        encoding = _code_page(data[:_SAMPLE])
        return _clean(data, encoding), encoding


def _clean(data: bytes, encoding: str) -> str:
    text = data.decode(encoding, "replace").replace("\0", "")
    # A decoder of UTF-16 lets nothing half through, yet what must not reach the wire is made sure of here.
    return text.encode("utf-8", "replace").decode("utf-8")


def _utf_16(sample: bytes) -> str:
    """Return the UTF-16 that the places of the NUL bytes speak for, or ""."""
    half = len(sample) // 2
    if half < 2:
        return ""
    low, high = sample[1::2].count(0), sample[0::2].count(0)
    if low > half * 0.4 and high < half * 0.1:
        return "utf-16-le"
    return "utf-16-be" if high > half * 0.4 and low < half * 0.1 else ""


def _code_page(sample: bytes) -> str:
    if _is_japanese(sample):
        return "cp932"
    return max(_CODE_PAGES, key=lambda page: _likeness(sample.decode(page, "replace")))


def _is_japanese(sample: bytes) -> bool:
    text = sample.decode("cp932", "replace")
    broken = text[:-1].count("\ufffd")  # the last character may be cut
    kana = sum("\u3040" <= c <= "\u30ff" or "\u4e00" <= c <= "\u9fff" for c in text)
    halfwidth = sum("\uff61" <= c <= "\uff9f" for c in text)
    return broken == 0 and kana >= 2 and kana > halfwidth


def _likeness(text: str) -> int:
    """Return how much a text looks like one in a Western European language."""
    score = 0
    for before, character, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if character < "\x80":
            continue
        within_a_word = before.isalpha() or after.isalpha()
        if character in _LETTERS:
            score += 3 if within_a_word else 1
        elif character in _SPACES_AND_QUOTES:
            score += 1
        else:
            score -= 2 if character.isalpha() else 3
    return score
