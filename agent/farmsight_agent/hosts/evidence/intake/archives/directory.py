"""The central directory of a zip file (PKWARE APPNOTE 4.3), read with a stranger's file in mind.

The directory is bounded before it is read, members are made one at a time,
and nothing but FailedError is raised.
"""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from farmsight_agent.hosts.evidence.intake.archives import fields
from farmsight_agent.hosts.evidence.intake.limits import IntakeLimits
from farmsight_agent.outcome import FailedError

LOCAL_BYTES: Final = 30
_CENTRAL: Final = struct.Struct("<4s4B4H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64: Final = struct.Struct("<4sLQL")
_LONGEST_COMMENT: Final = 0xFFFF
_MAX_DIRECTORY: Final = 64 * 1024 * 1024
_SAMPLE: Final = 16 * 1024  # bytes of names that tell their code page
# Documents and programs that are zip files inside: each is one file to the people who know it.
_PACKAGES: Final = frozenset({b"[Content_Types].xml", b"META-INF/MANIFEST.MF", b"mimetype"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One entry of the directory as it stands there; `offset` is from the start of the file."""

    raw_name: bytes
    flags: int
    method: int
    stamp: tuple[int, int]  # MS-DOS date and time
    crc: int
    packed: int
    size: int
    extra: bytes
    made_by: int
    attributes: int
    offset: int

    @property
    def end(self) -> int:
        """Return where its bytes end at the least: the local header may be longer than the central one."""
        return self.offset + LOCAL_BYTES + len(self.raw_name) + self.packed


@dataclass(frozen=True, kw_only=True)
class Directory:
    """A central directory: its bytes and where the file's offsets count from; `overlapping` are offsets of members."""

    body: bytes
    shift: int
    overlapping: frozenset[int]
    name_sample: bytes
    is_package: bool

    def __iter__(self) -> Iterator[Member]:
        return _members(self.body, self.shift)


def read(file: BinaryIO, limits: IntakeLimits) -> Directory:
    """Return the directory of a zip file; raises FailedError `damaged-archive`, `too-many-members` and the like."""
    try:
        body, shift = _body(file, limits)
        return _surveyed(body, shift, limits)
    except (struct.error, OSError, OverflowError) as error:
        raise FailedError("damaged-archive", f"its directory cannot be read: {error}") from error


def _body(file: BinaryIO, limits: IntakeLimits) -> tuple[bytes, int]:
    """Return the bytes of the directory, and by how much the file is longer in front than it knows of."""
    size = file.seek(0, 2)
    end, count, length, start = _end(file, size)
    if count > limits.max_members or length > _MAX_DIRECTORY:
        raise _too_many(limits)
    if length > end:
        raise FailedError("damaged-archive", "its directory is longer than the file")
    shift = end - length - start
    for base in (0, shift):  # a program may stand in front; its offsets count from either
        if 0 <= base + start <= end:
            file.seek(base + start)
            body = file.read(length)
            if body[:4] == b"PK\x01\x02" or not length:
                return body, base
    raise FailedError("damaged-archive", "its directory is not where the file says")


def _end(file: BinaryIO, size: int) -> tuple[int, int, int, int]:
    """Return where the directory ends, how many members it has, its length and its start."""
    tail_from = max(0, size - _END.size - _LONGEST_COMMENT)
    file.seek(tail_from)
    tail = file.read(_END.size + _LONGEST_COMMENT)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0:
        raise FailedError("damaged-archive", "its end is missing: it was cut off; fetch it again")
    _, disk, first_disk, _, count, length, start, _ = _END.unpack_from(tail, at)
    if disk not in {0, 0xFFFF} or first_disk not in {0, 0xFFFF}:
        raise FailedError("archive-kind", "one part of a split archive: join and unpack it, and give the folder")
    end = tail_from + at
    if 0xFFFF in {count, disk} or 0xFFFFFFFF in {length, start}:
        return _end_64(file, end) or (end, count, length, start)
    return end, count, length, start


def _end_64(file: BinaryIO, end: int) -> tuple[int, int, int, int] | None:
    if end < _LOCATOR_64.size:
        return None
    file.seek(end - _LOCATOR_64.size)
    mark, _, at, _ = _LOCATOR_64.unpack(file.read(_LOCATOR_64.size))
    if mark != b"PK\x06\x07" or at > end - _END_64.size:
        return None
    file.seek(at)
    mark, *_, count, length, start = _END_64.unpack(file.read(_END_64.size))
    return (at, count, length, start) if mark == b"PK\x06\x06" else None


def _surveyed(body: bytes, shift: int, limits: IntakeLimits) -> Directory:
    """Look through all members once: overlaps, names, number."""
    starts, ends, sample, sampled, package = array("Q"), array("Q"), set[bytes](), 0, False
    for member in _members(body, shift):
        if len(starts) >= limits.max_members:
            raise _too_many(limits)
        starts.append(member.offset)
        ends.append(member.end)
        package = package or member.raw_name in _PACKAGES
        if not member.flags & fields.UTF_8 and not member.raw_name.isascii() and sampled < _SAMPLE:
            sample.add(member.raw_name)
            sampled += len(member.raw_name)
    return Directory(
        body=body,
        shift=shift,
        overlapping=_overlapping(starts, ends),
        name_sample=b"\n".join(sorted(sample)),
        is_package=package,
    )


def _overlapping(starts: "array[int]", ends: "array[int]") -> frozenset[int]:
    """Return the offsets of members that share bytes with another: what a bomb is made of."""
    found: set[int] = set()
    reach, farthest = 0, 0
    for n, index in enumerate(sorted(range(len(starts)), key=starts.__getitem__)):
        if n and starts[index] < reach:
            found |= {starts[index], farthest}
        if ends[index] >= reach:
            reach, farthest = ends[index], starts[index]
    return frozenset(found)


def _members(body: bytes, shift: int) -> Iterator[Member]:
    at = 0
    while at < len(body):
        if body[at : at + 4] != b"PK\x01\x02":
            if body[at : at + 4] == b"PK\x05\x05":  # a signature of the directory ends it
                return
            raise FailedError("damaged-archive", f"its directory is damaged at byte {at}")
        _, _, made_by, _, _, flags, method, time, date, crc, packed, size, *lengths, attributes, offset = (
            _CENTRAL.unpack_from(body, at)
        )
        name_at = at + _CENTRAL.size
        extra_at = name_at + lengths[0]
        at = extra_at + lengths[1] + lengths[2]
        if at > len(body):
            raise FailedError("damaged-archive", "its directory is cut off")
        extra = body[extra_at : extra_at + lengths[1]]
        size, packed, offset = fields.wide(extra, size, packed, offset)
        yield Member(
            raw_name=body[name_at:extra_at],
            flags=flags,
            method=method,
            stamp=(date, time),
            crc=crc,
            packed=packed,
            size=size,
            extra=extra,
            made_by=made_by,
            attributes=attributes,
            offset=min(offset + shift, 2**63),
        )


def _too_many(limits: IntakeLimits) -> FailedError:
    return FailedError("too-many-members", f"more than {limits.max_members} members: unpack it and give the folder")
