"""Names that went through the wrong encoding before they reached us, repaired where that is certain.

UTF-8 read as a code page turns every letter beyond ASCII into two or three
signs that only make sense together, so it can be told and undone. A code page
read as another one leaves nothing to tell it by, and is left as it is.
"""

from typing import Final

from farmsight_agent.hosts.evidence.intake.languages import LANGUAGES

_PAGES: Final = ("cp1252", "cp850", "cp437", "latin-1")
_LETTERS: Final = frozenset(letter for language in LANGUAGES for letter in language.letters if letter > "\x7f")
_TIMES: Final = 2  # a name may have gone through it twice


def mojibake(text: str) -> str | None:
    """Return a name as it was before its UTF-8 was read as a code page; None where that did not happen for certain."""
    for _ in range(_TIMES):
        read = _read_again(text)
        if read is None:
            return None
        if _is_words(read):
            return read
        text = read
    return None


def _read_again(text: str) -> str | None:
    """Return what the bytes behind a text are as UTF-8, None where they are none."""
    if text.isascii() or "\ufffd" in text:
        return None
    for page in _PAGES:
        try:
            return b"".join(_byte(character, page) for character in text).decode("utf-8")
        except UnicodeError:
            continue
    return None


def _byte(character: str, page: str) -> bytes:
    """Return the byte that was read; what a page does not define, Windows reads as the control of that number."""
    return bytes([ord(character)]) if "\x80" <= character < "\xa0" else character.encode(page)


def _is_words(text: str) -> bool:
    """Tell whether all that is beyond ASCII are letters of languages that are known here, and stand in words."""
    places = [at for at, character in enumerate(text) if character > "\x7f"]
    return all(text[at].lower() in _LETTERS or "\u3041" <= text[at] <= "\ud7a3" for at in places) and any(
        _in_a_word(text, at) for at in places
    )


def _in_a_word(text: str, at: int) -> bool:
    return any(one.isalpha() for one in text[max(0, at - 1) : at] + text[at + 1 : at + 2])
