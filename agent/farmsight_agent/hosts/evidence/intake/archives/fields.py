"""What the fields of a zip member say: wide sizes, time, name."""

import re
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

ENCRYPTED: Final = 0x0001
UTF_8: Final = 0x0800
_WIDE: Final = 0x0001
_NTFS: Final = 0x000A
_TIMESTAMP: Final = 0x5455
_UNICODE_PATH: Final = 0x7075
_NOT_KNOWN: Final = 0xFFFFFFFF
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NTFS_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_DOS_ZERO: Final = (1 << 5) | 1  # 1980-01-01: what tools write that know no time
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_LONGEST_NAME: Final = 1000


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        yield kind, extra[at + 4 : at + 4 + length]
        at += 4 + length


def wide(extra: bytes, *sizes: int) -> list[int]:
    """Return size, packed size and offset, each from the zip64 field where the 32-bit one says so."""
    if _NOT_KNOWN not in sizes:
        return list(sizes)
    body = next((body for kind, body in _extras(extra) if kind == _WIDE), b"")
    numbers = iter(struct.unpack(f"<{len(body) // 8}Q", body[: len(body) // 8 * 8]))
    # No file is as large as what is put where the field is missing: such a member is refused by its size.
    return [min(next(numbers, 2**62), 2**62) if size == _NOT_KNOWN else size for size in sizes]


def modified(extra: bytes, stamp: tuple[int, int]) -> tuple[datetime | None, bool]:
    """Return when a member was changed, and whether that is exact.

    Fields that are in UTC count first. The MS-DOS time that every member has
    is the clock of the machine that packed it, without its zone: it is taken
    as UTC, and not exact.
    """
    for kind, body in _extras(extra):
        try:
            if kind == _NTFS and body[4:8] == b"\x01\x00\x18\x00":
                (ticks,) = struct.unpack_from("<Q", body, 8)
                if ticks:
                    return _NTFS_EPOCH + timedelta(microseconds=ticks // 10), True
            if kind == _TIMESTAMP and body[:1] and body[0] & 1:
                (seconds,) = struct.unpack_from("<l", body, 1)
                return _EPOCH + timedelta(seconds=seconds), True
        except (struct.error, OverflowError):
            continue
    return _dos(*stamp), False


def _dos(date: int, time: int) -> datetime | None:
    if date == _DOS_ZERO and not time:
        return None
    try:
        return datetime(
            1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2, tzinfo=UTC
        )
    except ValueError:
        return None


def name(raw: bytes, flags: int, extra: bytes, page: str) -> str:
    """Return a member's name decoded; `page` is the code page of names that are not in UTF-8."""
    for kind, body in _extras(extra):
        if kind == _UNICODE_PATH and len(body) > 5 and body[1:5] == struct.pack("<L", zlib.crc32(raw)):
            return body[5:].decode("utf-8", "replace")
    try:
        # Tools of Linux and macOS write UTF-8 without saying so; other text is hardly ever valid as such.
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8" if flags & UTF_8 else page, "replace")


def safe_name(text: str) -> str | None:
    r"""Return a name as "/"-separated parts below the archive, None where it would climb out of it.

    `\` parts names as well (old tools of Windows); a drive or a root in front
    is left out; what does not print becomes U+FFFD.
    """
    text = _DRIVE.sub("", text.replace("\\", "/"), count=1) if _DRIVE.match(text) else text.replace("\\", "/")
    parts = [part for part in text.split("/") if part not in {"", "."}]
    if any(part.rstrip() == ".." for part in parts):
        return None
    return shown("/".join(parts)) or "unnamed"


def shown(text: str) -> str:
    """Return a name that can be printed and kept: no control characters, not endless."""
    if not text.isprintable():
        text = "".join(one if one.isprintable() or unicodedata.category(one) == "Zs" else "\ufffd" for one in text)
    return text if len(text) <= _LONGEST_NAME else f"{text[:400]}…{text[-400:]}"
