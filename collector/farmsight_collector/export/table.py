"""What is written: named, typed columns, and rows one at a time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Type = Literal["text", "instant", "number", "whole", "flag"]
Cell = str | datetime | float | int | bool | None


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column; an instant is aware, None is not known or not there."""

    name: str
    type: Type = "text"


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows to write: `flat` makes cells of one in the order of the columns, `document` all of it for JSON.

    `heads` and `line` are for CSV where its columns are others.
    """

    name: str
    columns: Sequence[Column]
    rows: Iterable[Any]
    flat: Callable[[Any], Sequence[Cell]]
    document: Callable[[Any], dict[str, Any]]
    heads: Sequence[str] = ()
    line: Callable[[Any], Sequence[Cell]] | None = None
