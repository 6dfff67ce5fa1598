"""What the translated words for yes and no mean in a list of TLS bindings.

netsh prints "Enabled" and "Disabled" for the fields that every Windows has
and "Set" and "Not Set" for later ones, each in the display language. A pair
of words is taken apart only by what cannot be otherwise: a word that is the
other with something before it ("Deaktiviert", "Not Set") is the no; a
binding that checks usage and maps no account to the directory, as nearly all
do, says yes and then no; a binding whose every version of TLS had the same
word for "Disable ..." would serve nobody if that were the yes. Where this
tells nothing or contradicts itself, a word means nothing, and so does one
whose letters were lost on the way ("????????").
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

_SWITCHES: Final = {"enabled": True, "disabled": False}
_FLAGS: Final = {"set": True, "notset": False}
ENGLISH: Final[Mapping[str, bool]] = {**_SWITCHES, **_FLAGS}


def folded(word: str) -> str:
    """Return a word as it is compared: without regard to case, and to blanks, which a broken line loses."""
    return "".join(word.split()).casefold()


def switches(words: Iterable[str], usage_and_mapper: Iterable[tuple[str, str]]) -> dict[str, bool]:
    """Return the words for enabled and disabled, from all of them and from two fields of each record."""
    distinct = _unknown(words)
    votes = {(folded(usage), folded(mapper)) for usage, mapper in usage_and_mapper if folded(usage) != folded(mapper)}
    said = [pair for pair in votes if distinct == set(pair)]
    return {**_settled(distinct, [*said, *_prefixed(distinct)]), **ENGLISH}


def flags(words: Iterable[str], versions: Iterable[Sequence[str]]) -> dict[str, bool]:
    """Return the words for set and not set; `versions` are each record's words for "this TLS is disabled"."""
    distinct = _unknown(words)
    alike = {folded(one[0]) for one in versions if len({folded(word) for word in one}) == 1}
    unset = {word for word in alike if word in distinct}
    if len(distinct) == 1 == len(unset):
        return {**dict.fromkeys(unset, False), **ENGLISH}
    said = [(next(iter(distinct - {word})), word) for word in unset if len(distinct) == 2]
    return {**_settled(distinct, [*said, *_prefixed(distinct)]), **ENGLISH}


def _unknown(words: Iterable[str]) -> set[str]:
    return {word for word in map(folded, words) if word not in ENGLISH and not _lost(word)}


def _lost(word: str) -> bool:
    """Tell whether so much of a word is gone that two words may have become one."""
    return sum(character in "?\ufffd" for character in word) * 2 >= len(word)


def _prefixed(distinct: set[str]) -> list[tuple[str, str]]:
    """Return (yes, no) of two words of which one ends in the other."""
    if len(distinct) != 2:
        return []
    short, long = sorted(distinct, key=len)
    return [(short, long)] if short and long.endswith(short) and long != short else []


def _settled(distinct: set[str], said: Sequence[tuple[str, str]]) -> dict[str, bool]:
    if len(distinct) != 2 or len(set(said)) != 1:
        return {}
    yes, no = said[0]
    return {yes: True, no: False}
