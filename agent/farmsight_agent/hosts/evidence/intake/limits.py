"""How much is taken in, and what is not worth decoding."""

import re
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.intake.wide import NARROW, plausible, wide_start

HEAD: Final = 1024  # bytes that tell what a file is
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_STARTS: Final = (b"%PDF-", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"MZ", b"\x7fELF", b"ElfFile\0", b"SQLite format 3\0")
_LEAST_TEXT: Final = 0.8  # of what is read as UTF-16
# Not tab, line feed, form feed, carriage return, end of file, escape: what consoles and editors write into texts.
_CONTROLS: Final = re.compile(rb"[\x00-\x07\x0b\x0e-\x19\x1c-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True)
class IntakeLimits:
    """Bounds on what is looked at; what is over one is refused unread, and the refusal names the bound."""

    max_files: int = 100_000  # files and folders looked at
    max_depth: int = 64  # folders within folders
    max_file_bytes: int = 64 * 1024 * 1024
    max_text_bytes: int = 8 * 1024 * 1024  # of what commands printed
    max_members: int = 200_000  # of one archive
    max_archive_depth: int = 2  # 1: the archive given; 2: archives in it
    max_unpacked_bytes: int = 4 * 1024 * 1024 * 1024  # of all archives together
    max_ratio: int = 200  # of a member's size to its packed size, once it is over `ratio_from`
    ratio_from: int = 10 * 1024 * 1024


def looks_binary(head: bytes) -> bool:
    """Tell from a file's first bytes that it is no text in any encoding of Windows."""
    if head.startswith(_STARTS) and not head.isascii():
        return True
    if head.startswith(_MARKS):
        return False
    if len(_CONTROLS.findall(head)) * 20 <= len(head):
        return False
    kind = wide_start(head)
    return kind == NARROW or plausible(head, kind) < _LEAST_TEXT
