"""A dump of one object (`certutil -dump FILE`): told by the fields in it and the verb that ends it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from farmsight_agent.hosts.evidence.answers import failed
from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.certutil import console, hresults
from farmsight_agent.hosts.evidence.certutil.console import Line
from farmsight_agent.hosts.evidence.certutil.extensions import ALGORITHMS
from farmsight_agent.hosts.evidence.certutil.fields import Field, fields

T = TypeVar("T")
Places = Callable[[list[Field]], T | None]  # where the fields of one kind of object stand; None for another kind


@dataclass(frozen=True, kw_only=True)
class Dump(Generic[T]):
    """What is dumped, `at` its places; `ended`: the line that ends it is there."""

    body: Sequence[Line]
    rows: list[Field]
    at: T
    ended: bool


def read(file: Text, places: Places[T], what: str) -> Dump[T]:
    """Return a dump of `what`; raises FailedError (or DeniedError) for a command that failed or another text."""
    printed = console.lines(file)
    told = hresults.end(printed)
    if told is not None and told.error:
        raise hresults.failed(file, told)
    body = hresults.until_end(printed)
    rows = fields(body)
    at = places(rows)
    if at is None or (told is not None and told.verb != "dump"):
        raise failed(file, 1, "not-understood", f"no dump of a {what}")
    return Dump(body=body, rows=rows, at=at, ended=told is not None)


def likeness(file: Text, places: Places[T]) -> Likeness:
    """Tell whether a text is such a dump."""
    if not console.holds(file, *ALGORITHMS):
        return Likeness.NO
    printed = console.lines(file)
    told = hresults.end(printed)
    if (told is not None and told.verb != "dump") or any(line.text.startswith("====") for line in printed):
        return Likeness.NO
    if places(fields(hresults.until_end(printed))) is None:
        return Likeness.NO
    return Likeness.CERTAIN if told is not None else Likeness.LIKELY
