"""What a zip file holds, as entries: files to read, archives within, and what is refused."""

import io
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from farmsight_agent.hosts.evidence.intake import magic
from farmsight_agent.hosts.evidence.intake.archives import directory, fields
from farmsight_agent.hosts.evidence.intake.archives import member as members
from farmsight_agent.hosts.evidence.intake.archives.directory import Directory, Member
from farmsight_agent.hosts.evidence.intake.code_pages import code_page
from farmsight_agent.hosts.evidence.intake.entries import Entry, EvidenceFile, Refused
from farmsight_agent.hosts.evidence.intake.limits import HEAD, IntakeLimits
from farmsight_agent.hosts.evidence.intake.litter import is_litter
from farmsight_agent.outcome import FailedError, NotObservedError

_DOS_FOLDER: Final = 0x10
_UNIX: Final = (3, 19)  # made by Unix, by macOS


@dataclass(kw_only=True)
class Unpacking:
    """What all archives of one walk share: the bounds, what was promised so far, and the inner archive at hand.

    An archive within an archive is unpacked to memory; only the last one of
    each depth is kept, so members read in order cost one unpacking.
    """

    limits: IntakeLimits
    promised: int = 0
    held: dict[int, tuple[object, bytes]] = field(default_factory=dict)

    def hold(self, depth: int, key: object, make: Callable[[], bytes]) -> bytes:
        """Return the bytes of an inner archive, made anew where another one was at hand."""
        if self.held.get(depth, (None, b""))[0] != key:
            self.held.pop(depth, None)
            self.held[depth] = (key, make())
        return self.held[depth][1]


@dataclass(frozen=True, kw_only=True)
class Archive:
    """One zip file: how it is opened, as what it is known, and how deep it lies."""

    name: str
    state: tuple[object, ...]
    open: Callable[[], BinaryIO]
    shared: Unpacking
    depth: int = 1

    def entries(self) -> Iterator[Entry] | None:
        """Return what is in it; None for a document or program that only is a zip file inside."""
        try:
            with self.open() as file:
                listed = directory.read(file, self.shared.limits)
        except NotObservedError as error:
            return iter([Refused(name=self.name, reason=error.reason, detail=error.detail)])
        return None if listed.is_package else self._entries(listed)

    def _entries(self, listed: Directory) -> Iterator[Entry]:
        namer = _Namer(self.name, listed.name_sample)
        try:
            with self.open() as file:
                for member in listed:
                    refusal = self._refusal(listed, member)
                    self.shared.promised += 0 if refusal else member.size
                    if self.shared.promised > self.shared.limits.max_unpacked_bytes:
                        yield Refused(name=self.name, reason="archive-too-large", detail=_rest(self.shared.limits))
                        return
                    yield from self._entry(file, member, namer, refusal)
        except NotObservedError as error:  # the directory is damaged further on, or the file is gone
            yield Refused(name=self.name, reason=error.reason, detail=error.detail)

    def _entry(
        self, file: BinaryIO, member: Member, namer: "_Namer", refusal: tuple[str, str] | None
    ) -> Iterator[Entry]:
        written = namer.written(member)
        if written.endswith(("/", "\\")) or (member.attributes & _DOS_FOLDER and not member.size):
            return
        name = namer.name(written)
        if name is None:
            detail = "its name leads out of the archive"
            yield Refused(name=f"{self.name}/{fields.shown(written)}", reason="path-traversal", detail=detail)
        elif is_litter(name):
            return
        elif refusal:
            yield Refused(name=name, reason=refusal[0], detail=refusal[1])
        else:
            yield from self._readable(file, member, name)

    def _refusal(self, listed: Directory, member: Member) -> tuple[str, str] | None:
        """Return why a member is not read, by what the directory says of it."""
        limits = self.shared.limits
        kind = member.attributes >> 16 if member.made_by in _UNIX else 0
        if stat.S_ISLNK(kind):
            return "link", "a symbolic link in an archive: give the file itself"
        if stat.S_IFMT(kind) and not stat.S_ISREG(kind):
            return "special-file", "neither a file nor a folder"
        if member.flags & fields.ENCRYPTED or member.method == members.AES:
            return "password-protected", "unpack it and give the folder"
        if member.offset in listed.overlapping:
            return "overlapping-members", "it shares its bytes with another member: a bomb or a damaged archive"
        if member.size > limits.ratio_from and member.size > limits.max_ratio * member.packed:
            return "compression-bomb", f"it unpacks to more than {limits.max_ratio} times its packed size"
        if member.size > limits.max_file_bytes:
            return "too-large", f"{member.size} bytes, over {limits.max_file_bytes}"
        return None

    def _readable(self, file: BinaryIO, member: Member, name: str) -> Iterator[Entry]:
        try:
            head = members.head(file, member, name, HEAD)
        except FailedError:
            head = b""  # reading it says why
        if kind := magic.other_archive(head):
            yield Refused(name=name, reason="archive-kind", detail=f"{kind}: unpack it and give the folder")
            return
        inner = self._inner(member, name).entries() if magic.is_zip(head) else None
        if inner is None:
            yield self._file(member, name)
        elif self.depth >= self.shared.limits.max_archive_depth:
            detail = f"an archive {self.depth + 1} deep: unpack the outer one and give the folder"
            yield Refused(name=name, reason="archive-depth", detail=detail)
        else:
            yield from inner

    def _file(self, member: Member, name: str) -> EvidenceFile:
        modified, zoned = fields.modified(member.extra, member.stamp)

        def read(limit: int) -> bytes:
            with self.open() as file:
                return members.read(file, member, name, limit)

        return EvidenceFile(
            name=name,
            size=member.size,
            modified=modified,
            zoned=zoned,
            state=(*self.state, member.offset, member.crc),
            reader=read,
        )

    def _inner(self, member: Member, name: str) -> "Archive":
        state = (*self.state, member.offset, member.crc)

        def unpacked() -> bytes:
            with self.open() as file:
                return members.read(file, member, name, self.shared.limits.max_file_bytes)

        def opened() -> BinaryIO:
            return io.BytesIO(self.shared.hold(self.depth, state, unpacked))

        return Archive(name=name, state=state, open=opened, shared=self.shared, depth=self.depth + 1)


class _Namer:
    """The names of one archive's members: decoded by one code page, below the archive, each once."""

    def __init__(self, archive: str, sample: bytes) -> None:
        self._archive = archive
        self._page = "cp437" if not sample else code_page(sample)
        self._taken: dict[str, int] = {}

    def written(self, member: Member) -> str:
        """Return a name as its writer meant it."""
        return fields.name(member.raw_name, member.flags, member.extra, self._page)

    def name(self, written: str) -> str | None:
        """Return the name that a member is known by, None where it leads out of the archive."""
        safe = fields.safe_name(written)
        if safe is None:
            return None
        self._taken[safe] = number = self._taken.get(safe, 0) + 1
        return f"{self._archive}/{safe if number == 1 else numbered(safe, number)}"


def numbered(name: str, number: int) -> str:
    """Return the name of another member of the same name, as Windows names a second copy."""
    folder, slash, base = name.rpartition("/")
    stem, dot, ending = base.rpartition(".")
    return f"{folder}{slash}{stem} ({number}).{ending}" if dot else f"{name} ({number})"


def _rest(limits: IntakeLimits) -> str:
    return (
        f"it unpacks to more than {limits.max_unpacked_bytes} bytes, with the archives before it: the rest is not read"
    )
