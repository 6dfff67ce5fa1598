"""Names that are known to be names, found again in any text and any spelling."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from farmsight_collector.report.redaction.words import ordinary, vocabulary

LONGEST: Final = 2000  # characters; what is longer is no name that could be told from text
SHORTEST: Final = 2
MOST_BRANDS: Final = 200  # each word is looked through for all of them
_FIRST: Final = re.compile(r"[^\W_]+")
_SPLITS: Final = ("", "_", "-", "+", ".")


def folded(text: str) -> str:
    """Return a text in lower case, character by character: places in it stay the same."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(one if len(one.lower()) != 1 else one.lower() for one in text)


class Known:
    """Names with their stand-ins, by the word that they begin with."""

    def __init__(self) -> None:
        """Begin with none."""
        self._names: dict[str, str] = {}
        self._exact: dict[str, set[str]] = {}  # ordinary words: the spellings in which they are names
        self._lengths: dict[str, list[int]] = {}
        self._brands: dict[str, str] = {}
        self._branded: re.Pattern[str] | None = None

    def add(self, name: str, stand_in: str) -> None:
        """Take a name, in the spellings of URLs and of files too; the first stand-in of a name stays."""
        name = name.strip()
        if not SHORTEST <= len(name) <= LONGEST or name == stand_in:
            return
        for spelled in _spellings(name):
            self._add(spelled, stand_in)

    def _add(self, spelled: str, stand_in: str) -> None:
        word = folded(spelled)
        first = _FIRST.search(word)
        if first is None:
            return
        if first.start():  # a name in brackets, say: texts are looked through by their words
            self._names.setdefault(word, stand_in)
            spelled, word = spelled[first.start() :], word[first.start() :]
        plain = set(_FIRST.findall(word)) <= ordinary() or len(word) < 3
        if plain and (word in self._exact or word not in self._names):
            self._exact.setdefault(word, set()).add(spelled)
        if word in self._names:
            return
        self._names[word] = stand_in
        lengths = self._lengths.setdefault(first[0], [])
        if len(word) not in lengths:
            lengths.append(len(word))
            lengths.sort(reverse=True)

    def brand(self, word: str, stand_in: str) -> None:
        """Take a word that is replaced within others, too: contoso, in ContosoRootCA."""
        if len(self._brands) < MOST_BRANDS and len(word) >= 4 and word.lower() not in ordinary():
            self._brands.setdefault(word.lower(), stand_in)
            self._branded = None

    def whole(self, text: str) -> str | None:
        """Return what stands for a text that is nothing but a name."""
        return self._names.get(folded(text.strip()))

    def at(self, text: str, lower: str, place: int, first: str, *, named: bool = False) -> tuple[str, int] | None:
        """Return the longest name that begins at a place, with where it ends.

        `lower` is the text folded, `first` its word at the place; `named`
        says that a name stands here, whatever it reads like.
        """
        for length in self._lengths.get(first, ()):
            end = place + length
            name = lower[place:end]
            if name in self._names and not (end < len(text) and _joins(text[end - 1], text[end])):
                if not named and name in self._exact and not self._is_name(text, place, end):
                    continue
                return self._names[name], end
        return None

    def _is_name(self, text: str, place: int, end: int) -> bool:
        """Tell whether an ordinary word is a name here: it stands alone, or is spelled as we never spell it."""
        spelled = text[place:end]
        if not text[:place].strip() and not text[end:].strip():
            return True
        words = _FIRST.findall(spelled)
        return spelled in self._exact[folded(spelled)] and not all(word in vocabulary() for word in words)

    def within(self, word: str) -> str:
        """Return a word with the brands in it replaced."""
        if not self._brands:
            return word
        if self._branded is None:
            longest = sorted(self._brands, key=len, reverse=True)
            self._branded = re.compile("|".join(map(re.escape, longest)), re.IGNORECASE)
        return self._branded.sub(lambda found: self._brands[found[0].lower()], word)


def _joins(last: str, following: str) -> bool:
    return last.isalnum() and following.isalnum()


def _spellings(name: str) -> Iterable[str]:
    yield name
    if not name.isascii() or " " in name or "%" in name:
        yield quote(name, safe="")
        yield quote(name, safe="()&+,")
    if " " in name:
        for split in _SPLITS:
            yield split.join(name.split())
