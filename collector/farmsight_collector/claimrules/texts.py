"""Texts of which only a part may be known: what a claim's value is, as far as the rules tell.

A text is a plain string, or stands for one that is not known (the serial number
of whoever signs in), or is made of such by a function. Samples show what an
unknown text may be: they prove that something can happen, never that it must.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from farmsight_collector.claimrules.dotnet import replaced

MAX_PARTS: Final = 64
MAX_LENGTH: Final = 4096


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """One text that is not known."""

    name: str  # as a sentence names it: "the serial number"
    samples: tuple[str, ...] = ()
    closed: bool = False  # it is one of the samples
    believed: bool = False  # it is the sample, as far as is known: enough to match, not to mismatch
    several: bool = False  # it stands for any one of a number of values
    apart: bool = False  # known to be another thing than any other text that is apart


@dataclass(frozen=True, kw_only=True)
class Made:
    """A text that a function makes."""

    function: str  # lower case; "+" for concatenation
    arguments: tuple["Text", ...]
    parts: int
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        """Work the hash out once: texts are looked up by the thousand."""
        object.__setattr__(self, "_hash", hash((self.function, self.arguments)))

    def __hash__(self) -> int:
        """Return the hash of what the text is made of."""
        return self._hash


Text: TypeAlias = str | Unknown | Made
TOO_LONG: Final = Unknown(name="a text too long to follow")


def made(function: str, arguments: tuple[Text, ...]) -> Text:
    """Return what a function makes of texts: a string where that can be told."""
    name = function.lower()
    plain = [text for text in arguments if isinstance(text, str)]
    if len(plain) == len(arguments):
        result = _apply(name, plain)
        if result is not None:
            return result if len(result) <= MAX_LENGTH else TOO_LONG
    if name == "+":
        arguments = tuple(text for text in arguments if text != "")
        if len(arguments) == 1:
            return arguments[0]
    parts = 1 + sum(text.parts if isinstance(text, Made) else 1 for text in arguments)
    return Made(function=name, arguments=arguments, parts=parts) if parts <= MAX_PARTS else TOO_LONG


def unknowns(text: Text) -> frozenset[Unknown]:
    """Return the unknown texts that a text is made of."""
    if isinstance(text, Unknown):
        return frozenset({text})
    if isinstance(text, Made):
        return frozenset[Unknown]().union(*(unknowns(argument) for argument in text.arguments))
    return frozenset()


def with_values(text: Text, values: Mapping[Unknown, str]) -> str | None:
    """Return the string that a text is with these values; None when that can't be told."""
    if isinstance(text, str):
        return text
    if isinstance(text, Unknown):
        return values.get(text)
    arguments = [with_values(argument, values) for argument in text.arguments]
    known = [argument for argument in arguments if argument is not None]
    result = _apply(text.function, known) if len(known) == len(arguments) else None
    return result if result is None or len(result) <= MAX_LENGTH else None


def in_words(text: Text) -> str:
    """Return a text as a sentence names it."""
    if isinstance(text, str):
        return f'"{text}"'
    if isinstance(text, Unknown):
        return text.name
    if text.function == "+":
        return " + ".join(in_words(argument) for argument in text.arguments)
    return f"{text.function}({', '.join(in_words(argument) for argument in text.arguments)})"


# The language documents RegexReplace; the two others are seen in the field.
_FUNCTIONS: Final[Mapping[tuple[str, int], Callable[..., str | None]]] = {
    ("regexreplace", 3): replaced,
    ("tolower", 1): str.lower,
    ("toupper", 1): str.upper,
}


def _apply(function: str, arguments: list[str]) -> str | None:
    if function == "+":
        return "".join(arguments)
    known = _FUNCTIONS.get((function, len(arguments)))
    return known(*arguments) if known is not None else None
