"""Claim types that are nearly, but not quite, the serial number's or the issuer's."""

import difflib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from farmsight_collector.claimrules.claims import ISSUER, SERIAL
from farmsight_collector.claimrules.rules import Literal

_FIELDS: Final = ISSUER.removesuffix("issuer")
# Claim types of their own that look like the two.
_RIGHT: Final = frozenset({SERIAL, ISSUER, *(_FIELDS + name for name in ("issuername", "serialnumber", "subject"))})
_ALIKE: Final = 0.95  # of two letters wrong in seventy, or one scheme for another
_LETTERS: Final = 12  # more or fewer can't be alike
# Another vendor's path to the same last word is a slip; a company's own type is its own.
_VENDORS: Final = ("http://schemas.microsoft.com/", "http://schemas.xmlsoap.org/")
_SAME_END: Final = 0.85


def meant(literal: Literal) -> str:
    """Return the claim type that was meant by a text that is not quite it, or nothing.

    https for http, a slash at the end, spaces, a slip of the pen; quotes lost where
    others beside it have theirs. Another case alone is left alone: sources disagree
    on whether AD FS minds it.
    """
    return _meant(literal.text, literal.bare)


@lru_cache(maxsize=4096)
def _meant(written: str, bare: bool) -> str:
    text = written.strip()
    for right in (SERIAL, ISSUER):
        if bare and _core(text) == _core(right):
            return right
        if written in _RIGHT or written.lower() == right.lower() or "://" not in text:
            continue
        if _core(text) == _core(right) or _near(text, right):
            return right
    return ""


def misspelt(literals: Iterable[Literal], claim_type: str) -> Iterator[Literal]:
    """Yield the texts by which the claim type was meant and missed."""
    for literal in literals:
        if meant(literal) == claim_type:
            yield literal


def _near(text: str, right: str) -> bool:
    if not text.lower().startswith("http") or abs(len(text) - len(right)) > _LETTERS:
        return False
    same_end = text.rpartition("/")[2] == right.rpartition("/")[2] and text.startswith(_VENDORS)
    matcher = difflib.SequenceMatcher(None, text, right)
    least = _SAME_END if same_end else _ALIKE
    return matcher.quick_ratio() >= least and matcher.ratio() >= least


def _core(text: str) -> str:
    return text.lower().partition("://")[2].rstrip("/").replace(" ", "")
