"""The lines about URLs in an output of `certutil -verify -urlfetch`, and what their sections are.

Headings are translated, but AIA, CDP and OCSP mostly stay as they are, and
the order never changes: AIA, CDP, then the CDP of the base CRL where one was
fetched, OCSP (since Windows Server 2008).
"""

import re
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.certutil.verification_parts import Element, Result, Section, UrlSection

_QUOTES: Final = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb\uff02", '"'))
# A hash may be broken by the console.
_BEHIND: Final = re.compile(r"[^:\uff1a\"]{0,40}[:\uff1a] *(\d{1,6})(?: +([0-9a-fA-F]{1,40}|\([^()]{0,6}\)?))?")
_INDEX: Final = re.compile(r"\[(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?\] *(\S.*)")
_URL: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]{1,20}:/{1,3}|\\\\)[^\s/].*", re.DOTALL)
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_SHA1_DIGITS: Final = 40
_LONGEST_WORD: Final = 80
_LONGEST_URL: Final = 8_000


@dataclass(frozen=True, kw_only=True)
class Status:
    """One line of a status: `Verified "Base CRL (04)" Time: 0 HASH`."""

    word: str
    shown: str
    seconds: int
    sha1: str


def status(text: str) -> Status | None:
    """Return the status that a line states; None for any other line."""
    plain = text.translate(_QUOTES)
    word, quote, rest = plain.partition('"')
    shown, closed, behind = rest.partition('"')
    found = _BEHIND.fullmatch(behind.strip()) if quote and closed else None
    if found is None or len(word) > _LONGEST_WORD or not word.strip():
        return None
    sha1 = found[2].lower() if found[2] and len(found[2]) == _SHA1_DIGITS else ""
    return Status(word=word.strip(), shown=" ".join(shown.split()), seconds=int(found[1]), sha1=sha1)


def indexed(text: str) -> tuple[tuple[int, ...], str] | None:
    """Return index and URL of a line like `[0.0.1] http://...`."""
    found = _INDEX.fullmatch(text)
    if found is None:
        return None
    at = tuple(int(one) for one in found.groups()[:3] if one is not None)
    return at, _bare(found[4])


def url(text: str) -> str:
    """Return the URL that is all of a line, or "". It may hold blanks: CAs publish such names."""
    plain = _bare(text)
    if len(plain) > _LONGEST_URL:
        return ""
    return plain if _URL.fullmatch(plain) else ""


def _bare(text: str) -> str:
    """Return a URL without what mail and Markdown put around it."""
    plain = text.strip().strip("`")
    return plain[1:-1] if plain[:1] == "<" and plain[-1:] == ">" else plain


def settle(element: Element, *, cut: bool) -> None:
    """Say of each section what it is, and of each result which extension names its URL, at which place.

    `cut`: the output ends within this element, so that more may have followed.
    """
    open_end = cut and not element.sections_closed
    for at, section in enumerate(element.sections):
        section.kind = _kind(element, at, open_end=open_end)
        for result in section.results:
            result.section = section.kind if _fits(result, section.kind) else None
    deltas = {one.url for one in element.results if one.section is Section.BASE_CDP and one.url}
    for at, section in enumerate(element.sections):
        _place(section, deltas, open_end=open_end and at + 2 >= len(element.sections))


def _fits(result: Result, kind: Section | None) -> bool:
    """Tell whether an object can stand in such a section: an excerpt may have lost a heading."""
    words = re.findall(r"[A-Z]+", result.shown.upper())
    if "OCSP" in words:
        return kind is Section.OCSP
    return not ("CRL" in words and kind in {Section.AIA, Section.OCSP})


def _kind(element: Element, at: int, *, open_end: bool) -> Section | None:
    told = [_told(one) for one in element.sections]
    if told[at] is Section.CDP:
        earlier = any(one is Section.CDP for one in told[:at])
        return Section.BASE_CDP if earlier or "CRL" in element.sections[at].words.upper() else Section.CDP
    if told[at] is not None:
        return told[at]
    if at + 1 < len(told) and told[at + 1] is Section.CDP and Section.CDP not in told[:at]:
        return Section.AIA
    return _by_order(len(told), at, open_end=open_end) if element.known else None


def _by_order(count: int, at: int, *, open_end: bool) -> Section | None:
    if at < 2:
        return (Section.AIA, Section.CDP)[at]
    if count == 4:
        return (Section.BASE_CDP, Section.OCSP)[at - 2]
    return Section.OCSP if count == 3 and not open_end else None


def _told(section: UrlSection) -> Section | None:
    """Return what a heading says by the letters that no language translates."""
    words = re.findall(r"[A-Z]+", section.words.upper())
    for word, kind in (("OCSP", Section.OCSP), ("AIA", Section.AIA), ("CDP", Section.CDP)):
        if word in words:
            return kind
    return _by_objects(section) if not section.words else None


def _by_objects(section: UrlSection) -> Section | None:
    """Return what results without a heading are, by what stands in quotes."""
    shown = {word for one in section.results for word in re.findall(r"[A-Z]+", one.shown.upper())}
    for word, kind in (("OCSP", Section.OCSP), ("AIA", Section.AIA), ("CDP", Section.CDP), ("CRL", Section.CDP)):
        if word in shown:
            return kind
    return None


def _place(section: UrlSection, deltas: set[str], *, open_end: bool) -> None:
    """Number the URLs of a section.

    What came has its place printed. What failed has none: it stands in its
    turn. Below a base CRL that came, the deltas that this names follow, and
    one that failed looks like a base that failed; it is a delta when the
    section of the base CRL's own URLs names it as well, or when the next
    base has the next place. Where the output is cut off before that can be
    told, the URL tells: CAs mark a delta's.
    """
    following = _following(section.results)
    next_place = next_delta = 0
    for at, result in enumerate(section.results):
        if result.index:
            nested = len(result.index) == 3
            result.place = result.index[-1] if nested else result.index[0]
            next_place, next_delta = (next_place, result.place + 1) if nested else (result.place + 1, 0)
        elif result.url:
            below = section.kind is Section.CDP and next_place > 0
            told = result.url in deltas or following[at] == next_place
            nested = below and (told or (open_end and following[at] is None and _marks_delta(result.url)))
            result.place = next_delta if nested else next_place
            next_place, next_delta = (next_place, next_delta + 1) if nested else (next_place + 1, 0)
        else:
            nested = False
        result.delta = nested or section.kind is Section.BASE_CDP


def _marks_delta(text: str) -> bool:
    """Tell whether a URL is one that AD CS would publish a delta CRL at."""
    plain = text.lower()
    return "deltarevocationlist" in plain or plain.partition("?")[0].endswith(("+.crl", "%2b.crl"))


def _following(results: list[Result]) -> list[int | None]:
    """Return beside each result the place of the next URL that brought a base CRL."""
    found: list[int | None] = []
    after: int | None = None
    for result in reversed(results):
        found.append(after)
        if len(result.index) == 2:
            after = result.index[0]
    return found[::-1]


def crl_number(result: Result) -> str:
    """Return a CRL's number as printed, "" where none stands there."""
    return result.number if _HEX.fullmatch(result.number) else ""
