"""How a reader answers: with what it saw and where that stands, or with what is wrong and where."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import FailedError

T = TypeVar("T")


def seen(file: Text, found: Iterable[tuple[T, int]] = ()) -> Seen[T]:
    """Return values of a text, each with its line in it (from 1)."""
    return sourced(((value, file.at(line)) for value, line in found), f"evidence:{file.name}")


def sourced(found: Iterable[tuple[T, str]], source: str) -> Seen[T]:
    """Return values, each with the file and line that it came from, as one answer of a source."""
    pairs = tuple(found)
    return Seen(values=tuple(value for value, _ in pairs), lines=tuple(line for _, line in pairs), source=source)


def together(found: Sequence[Seen[T]]) -> Seen[T]:
    """Return what several sources say as one answer, that of the first of them."""
    return Seen(
        values=tuple(value for one in found for value in one.values),
        lines=tuple(line for one in found for line in one.lines),
        source=found[0].source,
    )


def failed(file: Text, line: int, reason: str, what: str) -> FailedError:
    """Return the error of a text that says less than it should, with file and line."""
    line = max(line, 1)
    return FailedError(reason, f"{file.place(line)}: {what}", source=file.at(line))
