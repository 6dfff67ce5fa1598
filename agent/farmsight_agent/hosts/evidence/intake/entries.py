"""What taking in yields: files that can be read, and what was seen and is not read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


class IntakeError(ValueError):
    """A path that was given cannot be taken in at all."""

    def __init__(self, path: Path, cause: str, next_step: str) -> None:
        """Keep the path, why it cannot be taken in, and what the user does about it."""
        super().__init__(f"{path}: {cause}. {next_step}")
        self.path = path
        self.cause = cause
        self.next_step = next_step


@dataclass(frozen=True, kw_only=True)
class EvidenceFile:
    """One file, on disk or in an archive; its bytes are read when they are asked for.

    `name` is as people know it: "/"-separated, relative to what was given,
    an archive's own name a folder of it. `state` differs when the content may
    differ. `modified` is in UTC, None where it is not known; `zoned` is False
    where it came from the clock of an archive that knows no time zone: it was
    taken as UTC and is off by that zone.
    """

    name: str
    size: int
    modified: datetime | None
    state: tuple[object, ...]
    reader: Callable[[int], bytes] = field(repr=False, compare=False)
    zoned: bool = True

    @property
    def folder(self) -> str:
        """Return the folder part of the name, "" for none."""
        return self.name.rpartition("/")[0]

    def read(self, limit: int) -> bytes:
        """Return the bytes; raises NotObservedError naming the file, and never holds more than `limit` of it.

        Reasons: `too-large`, `file-missing`, `file-not-readable`, and of
        archives `password-protected`, `damaged-archive`,
        `unsupported-compression`.
        """
        return self.reader(limit)


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Something that was seen and is not read: the user gets it listed, with a machine reason and a text."""

    name: str
    reason: str
    detail: str


Entry = EvidenceFile | Refused
