r"""Regular expressions as .NET means them, tried without ever running away.

Claim rules hold .NET expressions. What means the same here is translated; what
does not, or what might, is not tried: the answer is then None, and whoever asked
cannot tell. Differences that matter: an option such as (?i) in the middle holds
until its group ends; \Z may stand before a last line break; {,n} is plain text;
groups with names are numbered after those without; \d, \w and \s know other
letters than here, so texts beyond ASCII are not tried against them.

Source: Microsoft, ".NET regular expressions", "Regular expression options",
"Grouping constructs", "Substitutions in regular expressions".
"""

import re
from functools import lru_cache
from typing import Final

import regex

MAX_PATTERN: Final = 512
MAX_TEXT: Final = 4096
MAX_REPEATED: Final = 1000  # how often a part may be repeated by counts, nested ones multiplied
SECONDS: Final = 0.05

_ESCAPES: Final = {**{c: "\\" + c for c in "dDwWsSbBtnrfvA"}, "z": r"\Z", "Z": r"(?=\n?\Z)", "e": r"\x1b"}
_LETTERS: Final = frozenset("dDwWsSbB")  # whose meaning depends on the alphabet
_COUNT: Final = re.compile(r"\{(\d{1,5})(?:(,)(\d{1,5})?)?\}")
_GROUP: Final = re.compile(
    r"\(\?(?:(?P<plain>[:=!>]|<[=!])|[<'](?P<name>[A-Za-z_]\w*)[>']|(?P<flags>-?[ims]+(?:-[ims]+)?)(?P<end>[:)]))"
)
_CLASS: Final = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]", re.DOTALL)
_CLASS_ESCAPE: Final = re.compile(r"\\(?:[dDwWsStnrfvb]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[^\w])")
_HEX: Final = re.compile(r"x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}")
_SUBSTITUTION: Final = re.compile(r"\$(?:(\$)|(&)|(\d+)|\{(\w+)\}|([`'+_]))")
# Matches every text that is not empty and holds no line break.
_ANYTHING: Final = re.compile(r"\^?(?:\(?\.[*+]\??\)?)?\$?")


class _NotTranslatableError(Exception):
    """The expression, or a part of it, has no sure counterpart."""


def matches_anything(pattern: str) -> bool:
    """Tell whether an expression plainly matches every text that is not empty and has no line break."""
    return _ANYTHING.fullmatch(pattern) is not None and pattern.count("(") == pattern.count(")")


def searched(pattern: str, text: str) -> bool | None:
    """Tell whether the expression is found in the text; None when that can't be told."""
    compiled = _compiled(pattern, text.isascii())
    if compiled is None or len(text) > MAX_TEXT:
        return None
    try:
        return compiled.search(text, timeout=SECONDS) is not None
    except TimeoutError:
        return None


def replaced(text: str, pattern: str, replacement: str) -> str | None:
    """Return the text with every match replaced, as Regex.Replace does; None when that can't be told."""
    compiled = _compiled(pattern, text.isascii())
    if compiled is None or len(text) > MAX_TEXT:
        return None
    parts, at, size = [], 0, 0
    try:
        for match in compiled.finditer(text, timeout=SECONDS):
            made = _substituted(match, replacement)
            size += len(made)
            if size > MAX_TEXT:
                return None
            parts += [text[at : match.start()], made]
            at = match.end()
    except (TimeoutError, _NotTranslatableError):
        return None
    return "".join(parts) + text[at:]


def _substituted(match: "regex.Match[str]", replacement: str) -> str:
    def one(found: re.Match[str]) -> str:
        dollar, whole, number, name, other = found.groups()
        if dollar:
            return "$"
        if whole or number == "0":
            return match[0]
        if number is not None and match.re.groupindex and int(number) <= match.re.groups:
            raise _NotTranslatableError  # numbered otherwise than here
        if other or (name or "").isdecimal():
            raise _NotTranslatableError
        if name is not None:
            return (match[name] or "") if name in match.re.groupindex else found[0]  # .NET leaves it as text
        return (match[int(number)] or "") if int(number) <= match.re.groups else found[0]

    return _SUBSTITUTION.sub(one, replacement)


@lru_cache(maxsize=2048)
def _compiled(pattern: str, ascii_text: bool) -> "regex.Pattern[str] | None":
    if len(pattern) > MAX_PATTERN:
        return None
    try:
        translated = _Translation(pattern, letters=ascii_text).translated()
        return regex.compile(translated, regex.VERSION0)
    except (_NotTranslatableError, regex.error, RecursionError, OverflowError, ValueError):
        return None


class _Translation:
    """One expression, read from left to right."""

    def __init__(self, pattern: str, *, letters: bool) -> None:
        self.pattern = pattern
        self.letters = letters
        self.at = 0
        self.made: list[str] = []
        self.options: list[list[str]] = [[]]  # of each open group: those set in its middle
        self.costs: list[int] = [0]  # of each open group
        self.last = 0  # cost of what a quantifier would repeat; 0: there is nothing to repeat

    def translated(self) -> str:
        while self.at < len(self.pattern):
            self.step(self.pattern[self.at])
        if len(self.options) != 1:
            raise _NotTranslatableError
        return "".join(self.made) + ")" * len(self.options[0])

    def step(self, char: str) -> None:
        if char == "\\":
            self.escape()
        elif char == "[":
            self.character_class()
        elif char == "(":
            self.open()
        elif char == ")":
            self.close()
        elif char == "|":
            options = self.options[-1]
            self.put(")" * len(options) + "|" + "".join(options), 0, 1)
        elif char in "*+?{":
            self.repeat(char)
        else:
            self.put(char, 0 if char in "^$" else 1, 1)

    def put(self, made: str, cost: int, length: int) -> None:
        self.made.append(made)
        self.costs[-1] += cost
        self.last = cost
        self.at += length

    def escape(self) -> None:
        char = self.pattern[self.at + 1 : self.at + 2]
        number = _HEX.match(self.pattern, self.at + 1)
        if number is not None:
            self.put("\\" + number[0], 1, 1 + len(number[0]))
        elif char in _ESCAPES and char and (self.letters or char not in _LETTERS):
            self.put(_ESCAPES[char], 0 if char in "bBAzZ" else 1, 2)
        elif char and not char.isalnum() and char != "_":
            self.put("\\" + char, 1, 2)
        else:
            raise _NotTranslatableError

    def character_class(self) -> None:
        match = _CLASS.match(self.pattern, self.at)
        if match is None:
            raise _NotTranslatableError
        inside = match[0][1:-1]
        plain = _CLASS_ESCAPE.sub("", inside)
        lettered = any("\\" + letter in inside for letter in "dDwWsS")
        if "\\" in plain or "-[" in inside or "[:" in inside or (lettered and not self.letters):
            raise _NotTranslatableError
        self.put("[" + inside.replace("[", "\\[") + "]", 1, len(match[0]))

    def open(self) -> None:
        made, length, options = "(", 1, False
        if self.pattern[self.at + 1 : self.at + 2] == "?":
            match = _GROUP.match(self.pattern, self.at)
            if match is None:
                raise _NotTranslatableError
            length, options = len(match[0]), match["end"] == ")"
            made = f"(?P<{match['name']}>" if match["name"] else match[0]
        if "i" in made and not self.letters and made.endswith((")", ":")):
            raise _NotTranslatableError  # which letters are alike beyond ASCII is a matter of culture
        if options:
            made = made[:-1] + ":"
            self.options[-1].append(made)
            self.put(made, 0, length)
            return
        self.put(made, 0, length)
        self.options.append([])
        self.costs.append(0)

    def close(self) -> None:
        if len(self.options) == 1:
            raise _NotTranslatableError
        self.made.append(")" * len(self.options.pop()))
        self.put_group(self.costs.pop())

    def put_group(self, cost: int) -> None:
        self.put(")", max(cost, 1), 1)

    def repeat(self, char: str) -> None:
        count = _COUNT.match(self.pattern, self.at)
        if char == "{" and count is None:
            self.put(r"\{", 1, 1)
            return
        if not self.last:
            raise _NotTranslatableError
        made, times = (count[0], int(count[3] or count[1])) if char == "{" and count is not None else (char, 1)
        length = len(made)
        if self.pattern[self.at + length : self.at + length + 1] == "?":
            made, length = made + "?", length + 1
        cost = self.last * max(times, 1)
        if cost > MAX_REPEATED or sum(self.costs) + cost > MAX_REPEATED:
            raise _NotTranslatableError
        self.put(made, cost, length)
        self.last = 0  # a second quantifier is an error there, and something else here
