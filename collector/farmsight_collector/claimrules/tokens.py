"""The words of the claim rule language.

A URI without quotes is no word of the language, but articles print rules that
way and people copy them; it is kept as a word of its own, so that it can be
named instead of being just an error. Where no URI of a rule set has quotes,
it is the printing that lost them: AD FS stores no such rule.
"""

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

MAX_CHARACTERS: Final = 1_000_000


class Kind(enum.Enum):
    """What a word is."""

    NAME = "name"
    STRING = "string"
    NUMBER = "number"
    BARE_URI = "URI without quotes"
    SYMBOL = "symbol"
    ATTRIBUTE = "attribute"
    END = "end"


@dataclass(frozen=True, kw_only=True)
class Token:
    """One word and its place, both counted from 1."""

    kind: Kind
    text: str  # of a string: what stands between the quotes
    line: int
    column: int


class ClaimRuleError(Exception):
    """Text that is not a claim rule, as far as it is understood here."""

    def __init__(self, message: str, line: int, column: int) -> None:
        """Keep what was wrong and where."""
        super().__init__(f"line {line}, column {column}: {message}")
        self.message = message
        self.line = line
        self.column = column


_WORD: Final = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*)
  | (?P<bare>(?:https?://|urn:[\w.-]+:)[^\s\],;)("]+)
  | "(?P<string>(?:[^"\\]|\\.)*)"
  | @(?P<attribute>\w+)
  | (?P<number>\d+)
  | (?P<name>[^\W\d]\w*)
  | (?P<symbol>=>|==|!=|=~|!~|>=|<=|&&|[=\[\](){},;:.+<>])
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_KINDS: Final = {
    "bare": Kind.BARE_URI,
    "string": Kind.STRING,
    "attribute": Kind.ATTRIBUTE,
    "number": Kind.NUMBER,
    "name": Kind.NAME,
    "symbol": Kind.SYMBOL,
}


def tokenise(text: str) -> tuple[Token, ...]:
    """Return the words of a rule set, ending with END; raises ClaimRuleError."""
    if len(text) > MAX_CHARACTERS:
        raise ClaimRuleError(f"more than {MAX_CHARACTERS} characters", 1, 1)
    found, at, line, began = [], 0, 1, 0
    while at < len(text):
        match = _WORD.match(text, at)
        if match is None:
            wrong = "a string that does not end" if text[at] == '"' else f"unexpected {text[at]!r}"
            raise ClaimRuleError(wrong, line, at - began + 1)
        group = match.lastgroup or ""
        if group != "space":
            found.append(Token(kind=_KINDS[group], text=match[group], line=line, column=at - began + 1))
        breaks = match[0].count("\n")
        if breaks:
            line += breaks
            began = at + match[0].rindex("\n") + 1
        at = match.end()
    found.append(Token(kind=Kind.END, text="", line=line, column=at - began + 1))
    return tuple(found)


def with_quotes_restored(tokens: Iterable[Token]) -> tuple[Token, ...]:
    """Return the words, bare URIs as the texts that they are where none of the URIs has its quotes."""
    found = tuple(tokens)
    if any(token.kind is Kind.STRING and "://" in token.text for token in found):
        return found
    return tuple(replace(t, kind=Kind.STRING) if t.kind is Kind.BARE_URI else t for t in found)
