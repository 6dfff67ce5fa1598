"""Claim rules as they were before a console broke them into lines.

Between words a line break is as good as a blank, so breaks stay as printed.
Inside a URI there is never one: a break there is the console's, and is taken
out. Inside other texts it stands for a blank, unless the line was full.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

_OUTSIDE: Final = re.compile(r"\"|(?<!\w)(?:https?|ldap|urn):[^\s\],;)(\"]*|//", re.IGNORECASE)
_LOCATOR: Final = re.compile(r"://|^urn:", re.IGNORECASE)
_SCHEMES: Final = ("http://", "https://", "urn:")
_BLANK: Final = re.compile(r"\s")
_BEGINS_RULE: Final = re.compile(
    r"\s*(?:@\w|\w{1,40}\s?:\s?\[|=>|&&|[\[\]()\",;]|//|https?://|urn:"
    r"|(?:not\s+)?exists\s*\(|count\s*\(|(?:issue|add)\s*\()",
    re.IGNORECASE,
)
_DOES: Final = re.compile(r"=>\s*(?:issue|add)\s*\(", re.IGNORECASE)
_WORD_CHARACTER: Final = re.compile(r"[\w%+~-]")


class Piece(NamedTuple):
    """One printed line of a value; `full`: it reaches the last cell, so that a word may have been broken there."""

    text: str
    full: bool = False


def reads_as_rule(line: str) -> bool:
    """Tell whether a line begins as one of a claim rule does."""
    return _BEGINS_RULE.match(line) is not None


def holds_rules(text: str) -> bool:
    """Tell whether a text holds what every claim rule has."""
    return _DOES.search(text) is not None


def whole(pieces: Sequence[Piece]) -> str:
    """Return rules in which no URI is broken any more, else as printed."""
    lexer = _Lexer()
    for piece in pieces:
        lexer.take(piece)
    return "".join(lexer.out).strip()


class _Lexer:
    """Follows texts, comments and bare URIs over the line breaks."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.quoted = False  # a text is open
        self.uri = False  # and is a URI, or a pattern for one, so far
        self.bare = False  # a URI without quotes reaches the end of the line
        self.before = Piece("")

    def take(self, piece: Piece) -> None:
        text = piece.text.strip() if self.quoted or self.bare else piece.text.rstrip()
        if self.out:
            self.out.append(self._break(text.lstrip()))
        self.out.append(text)
        self._follow(text)
        self.before = Piece(text, piece.full)

    def _break(self, following: str) -> str:
        """Return what stood where the line was broken."""
        if self.quoted:
            return "" if self.uri or self.before.full else " "
        goes_on = bool(_WORD_CHARACTER.match(following))
        if self.bare:  # after a value no word can follow, so that one goes on with it
            return "" if goes_on or following[:1] in {"/", ".", ":", "#"} else "\n"
        broken_word = self.before.full and goes_on and _WORD_CHARACTER.match(self.before.text[-1:])
        return "" if broken_word else "\n"

    def _follow(self, text: str) -> None:
        at, self.bare = 0, False
        while at < len(text):
            at = self._inside(text, at) if self.quoted else self._outside(text, at)

    def _inside(self, text: str, at: int) -> int:
        end = text.find('"', at)
        while end > 0 and text[end - 1] == "\\" and _escaped(text, at, end):
            end = text.find('"', end + 1)
        run = text[at:] if end < 0 else text[at:end]
        begun = not self.uri and any(one.startswith(run.lower()) for one in _SCHEMES)
        self.uri = (self.uri or begun or bool(_LOCATOR.search(run))) and not _BLANK.search(run)
        self.quoted = end < 0
        return len(text) if end < 0 else end + 1

    def _outside(self, text: str, at: int) -> int:
        found = _OUTSIDE.search(text, at)
        if found is None or found[0] == "//":  # a comment, to the end of the line
            return len(text)
        if found[0] == '"':
            self.quoted, self.uri = True, False
        else:
            self.bare = found.end() == len(text)
        return found.end()


def _escaped(text: str, begin: int, quote: int) -> bool:
    """Tell whether the quote is part of the text: an odd number of backslashes stands before it."""
    run = quote
    while run > begin and text[run - 1] == "\\":
        run -= 1
    return (quote - run) % 2 == 1
