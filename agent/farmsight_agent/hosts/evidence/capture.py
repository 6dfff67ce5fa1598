"""What passes from the files to their readers: text that knows its lines, forms, captures.

A *form* is one kind of output that farmsight reads (`netsh http show
urlacl`, an exported store, ...). A *capture* is a stretch of a file that
holds one such output, of one server.
"""

import enum
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

CERTIFICATES: Final = "certificates"  # the form of exported stores and single certificate files


def with_plain_ends(text: str) -> str:
    """Return a text in which a line feed ends each line, and nothing else does."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, kw_only=True)
class Text:
    """Decoded text, whole or a stretch of a file; `first_line` is where in the file it begins."""

    name: str
    text: str
    encoding: str = "utf-8"
    first_line: int = 1

    def place(self, line: int) -> str:
        """Return FILE:LINE of a line (from 1) of this text."""
        return f"{self.name}:{line + self.first_line - 1}"

    def at(self, line: int) -> str:
        """Return the source of a fact that stands on this line (from 1) of this text."""
        return f"evidence:{self.place(line)}"

    def lines(self) -> list[str]:
        """Return its lines, without their ends; form feeds and the like end none."""
        return with_plain_ends(self.text).split("\n")

    @property
    def last_line(self) -> int:
        """Return the number that its last line has in the file."""
        ends = self.text.count("\n") + self.text.count("\r") - self.text.count("\r\n")
        return self.first_line + ends

    def part(self, first: int, last: int) -> "Text":
        """Return lines `first` to `last` (from 1, both within) as a text of its own."""
        inner = "\n".join(self.lines()[first - 1 : last])
        return replace(self, text=inner, first_line=self.first_line + first - 1)


class Likeness(enum.IntEnum):
    """How much a text looks like a form, by its structure alone: no word of any language decides."""

    NO = 0  # it is something else, or cannot be told at all
    RESEMBLES = 1  # nothing speaks against it: an empty listing, a piece; a name or a command must add to it
    LIKELY = 2  # the structure is there
    CERTAIN = 3  # and nothing else prints it


@dataclass(frozen=True, kw_only=True)
class Form:
    """One kind of text output.

    `named` is searched in a file's name, `echoed` in the command line that
    printed it, where a transcript shows that. A promise by name or command
    makes a capture even of what the likeness does not know, so that its
    reader says what is wrong with it.
    """

    id: str  # "netsh-urlacl"
    command: str  # what prints it, as an administrator types it
    file: str  # the canonical name, after "%computername%_"; "" where there is none
    likeness: Callable[[Text], Likeness]
    named: re.Pattern[str] | None = None
    echoed: re.Pattern[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Why a file cannot be read; `line` 0 means the whole of it."""

    reason: str
    detail: str
    line: int = 0


Dated = Literal["content", "stamp", "name", "file"]


@dataclass(frozen=True, kw_only=True)
class Capture:
    """One output in one file, with whatever the file and its name tell of it.

    `server` is the computer name in upper case, "" where nothing tells it;
    `account` the user name in the file's name; `about` what the name or the
    command says that it is about (a store, a domain, a certificate). `dated`
    is what tells `when`: the content, the stamp in the name that the collection
    script gives, a date in another name, or the file's own date, which may be
    that of a copy.
    """

    form: str
    file: str  # the file's name as people know it
    first_line: int = 1
    last_line: int = 0  # 0: to the end
    encoding: str = ""  # of text; "" for bytes
    server: str = ""
    account: str = ""
    about: str = ""
    when: datetime | None = None
    dated: Dated = "file"
    trouble: Trouble | None = None

    @property
    def dates_itself(self) -> bool:
        """Tell whether it, or who captured it, says when it was taken, to the second."""
        return self.dated in {"content", "stamp"}
