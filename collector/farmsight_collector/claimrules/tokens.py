"""The words of the claim rule language.

A URI without quotes is no word of the language, but articles print rules that
way and people copy them; it is kept as a word of its own, so that it can be
named instead of being just an error. Where no URI of a rule set has quotes,
it is the printing that lost them: AD FS stores no such rule.

What is no word at all is kept as one too: only the rule that it stands in is
unreadable. Comments are passed over, though the language documents none: no
rule that AD FS stores can mean something else by them.

Source: Microsoft, "The Role of the Claim Rule Language"; "The Claim Rule
Language" (double quotation marks are not allowed inside strings, so a
backslash in a string is just that).
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
    WRONG = "no word of the language"
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
    (?P<space>[\s\ufeff\u200b]+|//[^\n]*|\#[^\n]*|/\*.*?\*/)
  | (?P<bare>(?:https?://|urn:[\w.-]+:)[^\s\],;)("]+)
  | "(?P<string>[^"]*)"
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
_WRAPPED_URI: Final = re.compile(r"\A\s*[a-z][a-z0-9+.-]*:[^\s]*(?:\s*\n\s*[^\s]+)+\s*\Z", re.IGNORECASE)


def tokenise(text: str) -> tuple[Token, ...]:
    """Return the words of a rule set, ending with END; raises ClaimRuleError at the first that is none."""
    found = words(text)
    for token in found:
        if token.kind is Kind.WRONG:
            raise ClaimRuleError(token.text, token.line, token.column)
    return found


def words(text: str) -> tuple[Token, ...]:
    """Return the words of a rule set, ending with END; raises ClaimRuleError for a text beyond the bound.

    What is no word comes as one that says what is wrong.
    """
    if len(text) > MAX_CHARACTERS:
        raise ClaimRuleError(f"more than {MAX_CHARACTERS} characters", 1, 1)
    found, at, line, began = [], 0, 1, 0
    while at < len(text):
        kind, word, end = _word(text, at)
        if kind is not None:
            found.append(Token(kind=kind, text=word, line=line, column=at - began + 1))
        breaks = text.count("\n", at, end)
        if breaks:
            line += breaks
            began = text.rindex("\n", at, end) + 1
        at = end
    found.append(Token(kind=Kind.END, text="", line=line, column=at - began + 1))
    return tuple(found)


def _word(text: str, at: int) -> tuple[Kind | None, str, int]:
    """Return the word at a place and where it ends; no kind: nothing that counts."""
    match = _WORD.match(text, at)
    if match is None:
        if text[at] == '"':
            return Kind.WRONG, "a string that does not end", len(text)
        return Kind.WRONG, f"unexpected {text[at]!r}", at + 1
    group = match.lastgroup or ""
    if group == "space":
        return None, "", match.end()
    word = match[group]
    if group == "string" and "\n" in word and _WRAPPED_URI.match(word):
        word = "".join(word.split())  # a window's edge broke it: no URI holds a line break
    return _KINDS[group], word, match.end()


def with_quotes_restored(tokens: Iterable[Token]) -> tuple[Token, ...]:
    """Return the words, bare URIs as the texts that they are where none of the URIs has its quotes."""
    found = tuple(tokens)
    if any(token.kind is Kind.STRING and "://" in token.text for token in found):
        return found
    return tuple(replace(t, kind=Kind.STRING) if t.kind is Kind.BARE_URI else t for t in found)
