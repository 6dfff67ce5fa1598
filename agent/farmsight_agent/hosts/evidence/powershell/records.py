"""What listings and tables give: records of named values, and how a text ends behind them."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from farmsight_agent.hosts.evidence.powershell.lines import Line
from farmsight_agent.hosts.evidence.powershell.values import Value, is_closed, is_rules

MOST: Final = 50_000  # records of one text; no farm has so many of anything
# Properties of trusts that are shown when all are, and that nobody picks.
_UNPICKED: Final = frozenset(
    {
        "autoupdateenabled",
        "monitoringenabled",
        "conflictwithpublishedpolicy",
        "encryptioncertificaterevocationcheck",
        "signingcertificaterevocationcheck",
        "samlendpoints",
        "wsfedendpoint",
    }
)


class End(enum.Enum):
    """What stands behind the last line of a stretch that says anything."""

    FOLLOWED = "more of the text"
    BLANK = "blank lines, as a layout ends with"
    LINE = "nothing but the line's end"
    OPEN = "nothing: the text may break off in the middle of the line"


@dataclass
class Record:
    """One object's properties, by name as printed, in their order."""

    line: int
    values: dict[str, Value] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)  # in lower case
    whole: bool = True  # False: the text breaks off in it
    last_line: int = 0

    def add(self, name: str) -> Value:
        """Return the value of a further property, still empty."""
        self.names.add(name.lower())
        return self.values.setdefault(name, Value())

    def drop(self, name: str) -> None:
        """Take a property back."""
        self.names.discard(name.lower())
        del self.values[name]

    def last(self) -> Value | None:
        """Return the last value."""
        return next(reversed(self.values.values()), None)


def end_of(lines: Sequence[Line], *, followed: bool) -> End:
    """Return how a stretch ends; `followed`: more of the text stands behind it."""
    if followed or not lines:
        return End.FOLLOWED
    if lines[-1].text:
        return End.OPEN
    return End.BLANK if len(lines) > 1 and not lines[-2].text else End.LINE


def break_off(records: list[Record], end: End) -> None:
    """Take back of the last record what may have gone on behind the end of the text."""
    if end is End.FOLLOWED or not records:
        return
    last = records[-1]
    name, value = next(reversed(last.values.items()))
    # When nobody picks properties, trusts have others behind their rules.
    amid = is_rules(name) and len(last.names & _UNPICKED) > 1
    if amid or not (end is End.BLANK or _is_sure(name, value, end)):
        last.drop(name)
        last.whole = False


def _is_sure(name: str, value: Value, end: End) -> bool:
    text = value.text
    if is_rules(name):  # a text that ends behind a rule may be all; an empty one may be the begin of one
        return text.endswith(";")
    if text.startswith("{") and not text.endswith("}"):
        return False
    if text.startswith("["):
        return "[Thumbprint]" in text and end is not End.OPEN
    if end is End.OPEN:
        return is_closed(text)
    return not (value.pieces and value.pieces[-1].full)
