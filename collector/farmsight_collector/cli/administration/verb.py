"""What the verbs of `farmsight-collector` share: the folder, time, and how they print."""

import argparse
import getpass
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from farmsight_collector.clock import Clock
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.folder import Folder, open_folder
from farmsight_collector.model.words import plain

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
_FIELD = re.compile(r"^(farm|role|host|ttl|uses): ")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class UsageError(Exception):
    """What was asked for can't be done; the text says why and what to do instead."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One verb on its way: its options, the folder, the clock."""

    arguments: argparse.Namespace
    clock: Clock

    @property
    def data(self) -> Path:
        """Return the data folder."""
        given = self.arguments.data or os.environ.get("FARMSIGHT_DATA") or "farmsight-data"
        return Path(given)

    @property
    def operator(self) -> str:
        """Return who does this, for the audit."""
        try:
            return f"local:{getpass.getuser()}"
        except (KeyError, OSError):  # a user id without a name, as in containers
            return "local"

    def open(self) -> Folder:
        """Open the data folder."""
        return open_folder(self.data)

    def show(self, schema: str, content: dict[str, Any], lines: Iterable[str]) -> None:
        """Print JSON when asked to, else the lines."""
        if self.arguments.json:
            print(json.dumps({"schema": f"farmsight.{schema}/1", **content}, ensure_ascii=False))
        else:
            for line in lines:
                print(plain(line))
        sys.stdout.flush()


Run: TypeAlias = Callable[[Call], int]


def add(subparsers: Subparsers, name: str, run: Run, text: str, more: str = "") -> argparse.ArgumentParser:
    """Add the parser of one verb, with the options that all have."""
    parser = subparsers.add_parser(
        name,
        help=text,
        description=f"{text[0].upper()}{text[1:]}.\n\n{more}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("--data", metavar="DIR", help="data folder (FARMSIGHT_DATA; ./farmsight-data)")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    return parser


@contextmanager
def refusals() -> Iterator[None]:
    """Say what was refused in the words of the command line: a field is an option there."""
    try:
        yield
    except InvalidRequestError as error:
        raise UsageError(_FIELD.sub(r"--\1 ", str(error))) from error


def span(text: str) -> timedelta:
    """Read a time span such as 90s, 30m, 1h or 7d; raises argparse's error."""
    unit = _UNITS.get(text[-1:])
    if unit is None or not text[:-1].isascii() or not text[:-1].isdigit() or not 0 < int(text[:-1]) <= 10**6:
        raise argparse.ArgumentTypeError("written as 90s, 30m, 1h or 7d")
    return timedelta(**{unit: int(text[:-1])})


def instant(at: datetime | None) -> str | None:
    """Return a time for JSON."""
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a plain table."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]
