"""Which code page a text is in, told by its letters: their frequency, their case, what stands beside them.

Windows has two code pages for every language, OEM for consoles and ANSI for
the rest. The bytes of one, read by another, give letters of no language,
capitals within words, and symbols between letters. Every page is scored in
bits against it by what it would make of a sample; the best one wins.
"""

# ruff: noqa: RUF001 - signs that look like others are what this is about

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Final, NamedTuple

from farmsight_agent.hosts.evidence.intake.languages import FOREIGN, LANGUAGES
from farmsight_agent.hosts.evidence.intake.multibyte import MULTIBYTE, multibyte_score

PAGES: Final = tuple(dict.fromkeys(page for language in LANGUAGES for page in language.pages))
# Of symbols that stand in texts, how many bits each costs; any other symbol costs `_SYMBOL`.
_TYPOGRAPHY: Final = {
    "\u00a0": 6, "’": 5, "№": 7, "“": 8, "”": 8, "„": 8, "–": 8, "…": 8, "«": 8, "»": 8, "°": 8, "©": 8, "®": 8,
    "¿": 8, "—": 9, "‘": 9, "§": 9, "€": 9, "º": 9, "¡": 9, "™": 9, "•": 9, "ª": 10, "£": 11, "·": 11, "´": 12,
}  # fmt: skip
_SYMBOL: Final = 20
_BOX: Final = 9  # what consoles draw tables with
_UNDEFINED: Final = 28
_BESIDE_LETTERS: Final = frozenset("\u00a0‘’“”„«»…®™°©º")  # what may touch a word at one side
_IN_WORDS: Final = frozenset("’·")
# What the shape of a page's reading costs: U capital, l small, c letter without case, b box drawing, s other symbol,
# q symbol that may touch a word.
_SHAPES: Final = (
    (re.compile(rb"lU"), 7),
    (re.compile(rb"(?<![Ulc])UUl"), 4),
    (re.compile(rb"(?<![Ulc])c(?![Ulc])"), 8),
    (re.compile(rb"(?<![Ulc])U(?![Ulc])"), 5),
    (re.compile(rb"(?<![Ulc])l(?![Ulc])"), 3),
    (re.compile(rb"(?<=[Ulc])[sq](?=[Ulc])"), 10),
    (re.compile(rb"(?<=[Ulc])s(?![Ulc])|(?<![Ulc])s(?=[Ulc])"), 5),
    (re.compile(rb"(?<=[Ulc])b|b(?=[Ulc])"), 12),
)
_FEW_LETTERS: Final = 6  # bits against an alphabet of which a text has hardly any letter
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_LEFT: Final = re.compile(rb"[\x40-\xff]*\Z")
_TOKEN: Final = re.compile(rb"[\x40-\xff]{1,160}")
_REST: Final = re.compile(rb"[\x40-\xff]*")
_WORD: Final = re.compile(rb"[A-Za-z\x80-\xff]+")
_RULE: Final = re.compile(rb"([\x80-\xff])\1{2,}[\x80-\xff]*")  # the lines of a table: no letter comes three times
_BEFORE: Final = 40
_TOKENS: Final = 250
_LOOKED: Final = 3000


class _Page(NamedTuple):
    """One page as tables of 256: the shape of each byte, and by language the bits that each costs."""

    shape: bytes
    bits: tuple[tuple[int, tuple[float, ...]], ...]
    latin: bool


def code_page(data: bytes) -> str:
    """Return the code page that a text of one is in; one without letters beyond ASCII is in the console's."""
    tokens, letters = _sampled(data)
    if not tokens:
        return "cp437"
    high = sum(len(_HIGH.findall(token)) for token in tokens)
    return _told(tokens, few=high < 2 or letters > 12 * high)


@lru_cache(maxsize=64)
def _told(tokens: tuple[bytes, ...], few: bool) -> str:
    """Return the page that a sample is in; `few` says that nearly all letters around it are ASCII."""
    words = b"\n".join(dict.fromkeys(w for t in tokens for w in _WORD.findall(t) if not w.isascii()))
    counts = Counter(words)
    scores = {name: _score(_page(name), words, counts, few) for name in PAGES}
    scores |= {name: multibyte_score(tokens, name) - _FEW_LETTERS * few for name in MULTIBYTE}
    return max(scores, key=scores.__getitem__)


def _sampled(data: bytes) -> tuple[tuple[bytes, ...], int]:
    """Return distinct words with bytes beyond ASCII, and how many ASCII letters stand in front of them in all.

    A word may hold any byte that can end a character of two bytes.
    """
    found: dict[bytes, None] = {}
    at = letters = 0
    for _ in range(_LOOKED):
        high = _HIGH.search(data, at)
        if high is None or len(found) >= _TOKENS:
            break
        line = data[max(at, high.start() - 200) : high.start()].rpartition(b"\n")[2]
        left = _LEFT.search(line[-_BEFORE:])
        token = _TOKEN.match(data, high.start() - (len(left[0]) if left else 0))
        rest = _REST.match(data, high.start())
        at = rest.end() if rest else high.end()
        if token:
            letters += sum(one.isalpha() for one in line.decode("latin-1"))
            found[_RULE.sub(b" ", token[0])] = None
    return tuple(token for token in found if not token.isascii()), letters


def _score(page: _Page, words: bytes, counts: "Counter[int]", few: bool) -> float:
    shape = words.translate(page.shape)
    against = sum(cost * len(pattern.findall(shape)) for pattern, cost in _SHAPES)
    if few and not page.latin:
        against += _FEW_LETTERS
    return max(sum(counts[byte] * bits[byte] for byte in counts) - rare for rare, bits in page.bits) - against


@lru_cache(maxsize=64)
def _page(name: str) -> _Page:
    characters = [bytes([byte]).decode(name, "replace") for byte in range(256)]
    languages = [one for one in LANGUAGES if name in one.pages]
    return _Page(
        shape=b"".join(map(_shape, characters)),
        bits=tuple((one.rare, tuple(_bits(c, one.letters) for c in characters)) for one in languages),
        latin=any("e" in one.letters for one in languages),
    )


def _shape(character: str) -> bytes:
    if character < "\x80":
        return (b"U" if character.isupper() else b"l") if character.isalpha() else b" "
    if character.isalpha() and character not in "ªº":
        return b"U" if character.isupper() else b"l" if character.islower() else b"c"
    if unicodedata.category(character) == "Mn":
        return b"c"
    if character in _IN_WORDS:
        return b"a"
    if "\u2500" <= character <= "\u259f":
        return b"b"
    return b"q" if character in _BESIDE_LETTERS else b"s"


def _bits(character: str, letters: dict[str, float]) -> float:
    """Return the logarithm of how likely a character is in a language."""
    if character == "\n":
        return 0
    if character == "\ufffd" or "\x80" <= character < "\u00a0":
        return -_UNDEFINED
    if character in _TYPOGRAPHY:
        return -_TYPOGRAPHY[character]
    if "\u2500" <= character <= "\u259f":
        return -_BOX
    if not character.isalpha() and unicodedata.category(character) != "Mn":
        return -_SYMBOL
    return letters.get("ı" if character == "İ" else character.lower(), FOREIGN)  # small, İ would be ASCII
