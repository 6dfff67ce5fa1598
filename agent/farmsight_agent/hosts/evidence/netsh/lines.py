"""The lines of a netsh listing, and what a console and an editor have done to them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, NamedTuple

from farmsight_agent.hosts.evidence.answers import failed
from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.columns import width

_RULE: Final = re.compile(r"\s*-{5,}")
_PROMPT: Final = re.compile(
    r"(?:\[[^\]\s]*\]: )?(?:PS )?(?:[A-Za-z]:\\|\\\\)[^>]*>|netsh(?: [a-z0-9 ]+)?>", re.IGNORECASE
)
_STARS: Final = re.compile(r"\*{5,}")
_FENCE: Final = re.compile(r"\s*(?:`{3,}|~{3,})\w{0,20}")
_ENOUGH: Final = 65_536  # characters; what an output is shows in fewer
SENTENCE_END: Final = (".", "\u3002", "\uff0e")
_FEW: Final = 6  # lines; fewer say nothing of how a text is spaced


class Line(NamedTuple):
    """A line as it stands in the text, without the blanks at its end."""

    number: int  # from 1
    text: str

    @property
    def indented(self) -> bool:
        """Tell whether it begins with a blank."""
        return self.text[:1].isspace()


@dataclass(frozen=True)
class Listing:
    """One listing: the lines below its underlined heading, or all lines where there is none."""

    before: tuple[Line, ...]
    lines: tuple[Line, ...]
    ruled: bool
    ended: bool  # the last line has an end

    @property
    def last(self) -> Line | None:
        """Return the last line that holds anything."""
        return next((line for line in reversed(self.lines) if line.text), None)

    @property
    def first(self) -> int:
        """Return the number of the first line that holds anything, 1 where none does."""
        return next((line.number for line in self.lines if line.text and not foreign(line)), 1)

    @property
    def empty(self) -> bool:
        """Tell whether it holds nothing."""
        return all(not line.text or foreign(line) for line in self.lines)

    @property
    def closed(self) -> bool:
        """Tell whether a blank line ends it, as netsh ends a listing."""
        return len(self.lines) > 1 and not self.lines[-1].text and not self.lines[-2].text

    def above(self, number: int) -> list[Line]:
        """Return all lines above one, those above the heading among them."""
        return [*self.before, *(line for line in self.lines if line.number < number)]

    def check_heading_ended(self, file: Text) -> None:
        """Raise FailedError where the text ends within the heading, so that nothing can be said of what follows."""
        if not self.ended and not self.lines:
            raise failed(
                file, len(self.before), "truncated", "nothing behind the heading, not even the end of its line"
            )

    def cut_in(self, line: Line | None) -> bool:
        """Tell whether the text may have been cut off within this line."""
        return not self.ended and line is not None and line.number == self.lines[-1].number


def beginning(text: Text) -> Text:
    """Return as much of a text as it takes to tell what it is."""
    return text if len(text.text) <= _ENOUGH else replace(text, text=text.text[:_ENOUGH])


def listing(file: Text) -> Listing:
    """Return the last listing in a text: of two captures in one file the later one stands."""
    lines = lines_of(file)
    rule = next(
        (at for at in range(len(lines) - 1, 0, -1) if _RULE.fullmatch(lines[at].text) and lines[at - 1].text), -1
    )
    ended = not file.text or file.text[-1] in "\r\n"
    before, below = tuple(lines[: rule + 1]), tuple(lines[rule + 1 :])
    if rule >= 0:
        end = _end(below)
        ended, below = ended or end < len(below), below[:end]
    return Listing(before, below, rule >= 0, ended)


def _end(lines: Sequence[Line]) -> int:
    """Return how many of these lines stand before the end of a transcript."""
    return next((at for at, line in enumerate(lines) if _STARS.fullmatch(line.text)), len(lines))


def lines_of(file: Text) -> list[Line]:
    """Return the lines of a text, without those that stand between two only because each line end was written twice."""
    found = [Line(number, text.rstrip()) for number, text in enumerate(file.lines(), 1)]
    found[0] = Line(1, found[0].text.lstrip("\ufeff"))
    filled = sum(bool(line.text) for line in found)
    adjacent = sum(bool(one.text and two.text) for one, two in pairwise(found))
    told = filled >= _FEW or any(_RULE.fullmatch(line.text) for line in found)  # a heading has its underline below it
    if not told or adjacent * 10 > filled:
        return found
    # Line ends that were written twice part every two lines by an empty one.
    empty_before = [False, *(bool(one.text) for one in found[:-1])]
    return [line for line, drop in zip(found, empty_before, strict=True) if line.text or not drop]


def foreign(line: Line) -> bool:
    """Tell a prompt, a transcript's row of stars and the fence of code in an article: no part of any listing."""
    return bool(_PROMPT.match(line.text) or _STARS.fullmatch(line.text) or _FENCE.fullmatch(line.text))


def blanks(line: Line) -> int:
    """Return by how many blanks a line is indented."""
    return len(line.text) - len(line.text.lstrip())


def widest(lines: Iterable[Line]) -> int:
    """Return the width that a console would have broken these lines at, if it broke any."""
    return max((width(line.text) for line in lines), default=0)
