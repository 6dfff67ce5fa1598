"""Lists and rows of which a source shows only a part, and readers that must not take them for all there is."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from farmsight_agent.hosts.evidence.documents import sections
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.outcome import FailedError, NotObservedError, UnavailableError

PICKED: Final = "picked"  # the command asked for some only, or nothing shows that it asked for all
CUT: Final = "cut"  # the listing breaks off


class Excerpt(list[Any]):
    """A list of which the source shows only some elements ("{a, b, c...}")."""


class Row(Located):
    """A row of a listing that need not be whole.

    `rest` says why more may belong beside it: PICKED, CUT, or "" for nothing.
    `begins` holds the beginnings of values that the layout shortened.
    """

    rest: str = ""
    begins: dict[str, str]

    @classmethod
    def of(cls, values: dict[str, Any], source: str, rest: str = "") -> "Row":
        """Return a row that stands at `source`."""
        made = cls(values)
        made.source, made.rest, made.begins = source, rest, {}
        return made


def beginning(row: Located, name: str) -> str:
    """Return as much of a value as a shortened cell shows, or ""."""
    return row.begins.get(name, "") if isinstance(row, Row) else ""


def need_all(row: Located) -> None:
    """Raise where rows that the listing does not show may belong beside this one."""
    error = lack(row)
    if error is not None:
        raise error


def lack(row: Located) -> NotObservedError | None:
    """Return why the listing of this row may not be whole, or None."""
    rest = row.rest if isinstance(row, Row) else ""
    if rest == CUT:
        return FailedError("truncated", "the listing breaks off", source=row.source)
    if rest == PICKED:
        return UnavailableError("not-collected", "the listing shows some only", source=row.source)
    return None


def need_enough(document: Located, name: str, enough: Callable[[Sequence[Located]], bool]) -> None:
    """Raise where a section shows some rows only, and not those that matter."""
    held = list(sections.each(document, name))
    error = next((found for found in map(lack, held) if found is not None), None)
    if error is not None and not enough(held):
        raise error
