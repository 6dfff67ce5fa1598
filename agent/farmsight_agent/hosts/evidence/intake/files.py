"""Everything that lies in the folders and archives that were given, in one order, within bounds."""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from heapq import nsmallest
from pathlib import Path
from typing import BinaryIO, Final

from farmsight_agent.hosts.evidence.intake import magic
from farmsight_agent.hosts.evidence.intake.archives.fields import shown
from farmsight_agent.hosts.evidence.intake.archives.listing import Archive, Unpacking, numbered
from farmsight_agent.hosts.evidence.intake.decoding import decode
from farmsight_agent.hosts.evidence.intake.entries import Entry, EvidenceFile, IntakeError, Refused
from farmsight_agent.hosts.evidence.intake.limits import HEAD, IntakeLimits
from farmsight_agent.hosts.evidence.intake.litter import is_litter
from farmsight_agent.outcome import DeniedError, FailedError, NotObservedError, UnavailableError

__all__ = ["EvidenceFile", "IntakeError", "IntakeLimits", "Refused", "labelled", "walk"]

_LIMITS: Final = IntakeLimits()
_TOO_MANY: Final = "too-many-files"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# A link put in a file's place after it was listed is not followed, a pipe in its place is not waited for.
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def walk(paths: Sequence[Path], *, limits: IntakeLimits = _LIMITS) -> Iterator[Entry]:
    """Yield what lies in files, folders and zip files, sorted by name; raises IntakeError for a path that is not there.

    Names are relative to what was given; where several paths were given, each
    one's own name stands in front. Litter of operating systems is passed
    over. A file that may not be read is yielded, and says so when it is read.
    Symbolic links are not followed: what one leads to inside the folder is
    found in its own place, one that leads out of it is refused.
    """
    roots = labelled(paths)
    found = _Walk(limits)
    return found.bounded(entry for path, label in roots for entry in found.root(path, label))


def labelled(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Return each path that was given, once, with the name that its files begin with ("" for the only folder)."""
    real = list(dict.fromkeys(_existing(path) for path in paths))
    if len(real) == 1:
        return [(real[0], "" if real[0].is_dir() else shown(_text(real[0].name)))]
    depth = 1
    while len({path.parts[-depth:] for path in real}) < len(real):
        depth += 1
    return [(path, shown(_text("/".join(path.parts[-depth:]).strip("/\\")))) for path in real]


def _existing(path: Path) -> Path:
    try:
        return path.resolve(strict=True)
    except FileNotFoundError as error:
        raise IntakeError(path, "there is no such file or folder", "Check the path.") from error
    except PermissionError as error:
        raise IntakeError(path, "it may not be read", "Run as a user who may read it, or copy it.") from error
    except (OSError, RuntimeError, ValueError) as error:
        raise IntakeError(path, f"it cannot be opened: {error}", "Give a file, a folder or a zip file.") from error


class _Walk:
    """One walk: what it has seen so far."""

    def __init__(self, limits: IntakeLimits) -> None:
        self._limits = limits
        self._unpacking = Unpacking(limits=limits)
        self._seen: set[Path] = set()
        self._looked = 0

    def bounded(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        """Yield the entries up to the bound on their number."""
        for number, entry in enumerate(entries):
            if number >= self._limits.max_files:
                yield self._too_many(entry.name)
                return
            yield entry
            if isinstance(entry, Refused) and entry.reason == _TOO_MANY:
                return

    def _too_many(self, name: str) -> Refused:
        detail = f"more than {self._limits.max_files} files and folders: what comes after was not looked at"
        return Refused(name=name, reason=_TOO_MANY, detail=detail)

    def root(self, path: Path, label: str) -> Iterator[Entry]:
        """Yield what a given path holds."""
        if path.is_dir():
            yield from self._folder(path, path, label, 1)
        else:
            yield from self._one(path, label)

    def _folder(self, root: Path, folder: Path, name: str, depth: int) -> Iterator[Entry]:
        try:
            with os.scandir(folder) as listed:
                paths = nsmallest(self._limits.max_files + 1, (one.name for one in listed))
        except OSError as error:
            yield Refused(name=name or str(folder), reason="folder-not-readable", detail=error.strerror or str(error))
            return
        self._looked += 1
        if self._looked > self._limits.max_files:
            yield self._too_many(name)
            return
        taken: dict[str, int] = {}
        for one in paths:
            full = shown(f"{name}/{_text(one)}" if name else _text(one))
            if is_litter(full.rpartition("/")[2]):
                continue
            # Names that differ on disk may be shown alike.
            taken[full] = number = taken.get(full, 0) + 1
            yield from self._any(root, folder / one, full if number == 1 else numbered(full, number), depth)

    def _any(self, root: Path, path: Path, name: str, depth: int) -> Iterator[Entry]:
        try:
            status = path.lstat()
            if not (stat.S_ISLNK(status.st_mode) or stat.S_ISDIR(status.st_mode)):
                yield from self._one(path, name)
                return
            real = path.resolve()  # also of a folder: Windows has links that look like one
        except (OSError, RuntimeError, ValueError) as error:  # a cycle of links; gone meanwhile
            yield Refused(name=name, reason="not-readable", detail=str(error))
            return
        if not real.is_relative_to(root):
            yield Refused(name=name, reason="link", detail=f"it leads out of the folder: give {real} itself")
        elif stat.S_ISLNK(status.st_mode):
            if not real.exists():
                yield Refused(name=name, reason="link", detail="it leads nowhere")
        elif depth >= self._limits.max_depth:
            yield Refused(name=name, reason="too-deep", detail=f"folders are looked at {depth} deep")
        elif self._first(real):
            yield from self._folder(root, path, name, depth + 1)

    def _one(self, path: Path, name: str) -> Iterator[Entry]:
        """Yield a file, or what an archive holds."""
        try:
            status = path.lstat()
        except OSError as error:
            yield Refused(name=name, reason="not-readable", detail=str(error))
            return
        if not stat.S_ISREG(status.st_mode):
            yield Refused(name=name, reason="special-file", detail="neither a file nor a folder")
        elif self._first(path):
            yield from self._regular(path, name, status)

    def _regular(self, path: Path, name: str, status: os.stat_result) -> Iterator[Entry]:
        head = _head(path, name)
        state = ("file", status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if magic.is_zip(head):
            archive = Archive(name=name, state=state, open=lambda: _open(path, name), shared=self._unpacking)
            inner = archive.entries()
            if inner is not None:
                yield from inner
                return
        if kind := magic.other_archive(head):
            yield Refused(name=name, reason="archive-kind", detail=f"{kind}: unpack it and give the folder")
        elif status.st_size > self._limits.max_file_bytes:
            detail = f"{status.st_size} bytes, over {self._limits.max_file_bytes}"
            yield Refused(name=name, reason="too-large", detail=detail)
        else:
            yield EvidenceFile(
                name=name,
                size=status.st_size,
                modified=_instant(status.st_mtime_ns),
                state=state,
                reader=lambda limit: _read(path, name, limit),
            )

    def _first(self, real: Path) -> bool:
        """Tell whether this file or folder was not met before by another path that was given."""
        known = real in self._seen
        self._seen.add(real)
        return not known


def _open(path: Path, name: str) -> BinaryIO:
    """Open a plain file, and nothing else that may have taken its place; raises NotObservedError."""
    source = f"evidence:{name}"
    try:
        handle = os.open(path, _FLAGS)
    except FileNotFoundError as error:
        raise UnavailableError("file-missing", name, source=source) from error
    except PermissionError as error:
        raise DeniedError("file-not-readable", name, source=source) from error
    except OSError as error:
        reason = "link" if error.errno == errno.ELOOP else "file-not-readable"
        raise FailedError(reason, f"{name}: {error.strerror}", source=source) from error
    file = os.fdopen(handle, "rb")
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        file.close()
        raise FailedError("special-file", f"{name} is no plain file", source=source)
    return file


def _read(path: Path, name: str, limit: int) -> bytes:
    source = f"evidence:{name}"
    with _open(path, name) as file:
        try:
            # Its size first: a file over the limit is refused before a byte of it is read.
            size = os.fstat(file.fileno()).st_size
            over = size > limit
            data = b"" if over else file.read(size + 1)  # memory is taken for as much as is asked for
            if len(data) > size:  # it grows
                data += file.read(limit + 1 - len(data))
        except OSError as error:
            raise FailedError("file-not-readable", f"{name}: {error.strerror}", source=source) from error
    if over or len(data) > limit:
        raise FailedError("too-large", f"{name} is over {limit} bytes", source=source)
    return data


def _head(path: Path, name: str) -> bytes:
    try:
        with _open(path, name) as file:
            return file.read(HEAD)
    except (NotObservedError, OSError):
        return b""  # reading it says why


def _instant(nanoseconds: int) -> datetime | None:
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return None


def _text(name: str) -> str:
    """Return a file's name as text: a system without a rule for their bytes has them in any code page."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return decode(os.fsencode(name))[0]
    return name
