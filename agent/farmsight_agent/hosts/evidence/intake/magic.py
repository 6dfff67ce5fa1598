"""What kind of archive a file is, by its first bytes; its name is not asked."""

import re
from typing import Final

_ZIP: Final = re.compile(rb"(?:PK00|PK\x07\x08)?PK\x03\x04|PK\x05\x06")
_OTHERS: Final = (
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "7z"),
    (re.compile(rb"Rar!\x1a\x07"), "rar"),
    (re.compile(rb"MSCF\0\0\0\0"), "cab"),
    (re.compile(rb"\x1f\x8b\x08"), "gzip"),
    (re.compile(rb"BZh[1-9]1AY&SY"), "bzip2"),
    (re.compile(rb"\xfd7zXZ\0"), "xz"),
    (re.compile(rb"\x28\xb5\x2f\xfd"), "zstd"),
    (re.compile(rb".{257}ustar", re.DOTALL), "tar"),
)


def is_zip(head: bytes) -> bool:
    """Tell a zip file, an empty or a spanned one among them."""
    return _ZIP.match(head) is not None


def other_archive(head: bytes) -> str:
    """Return the kind of an archive that is not unpacked here, "" for anything else."""
    return next((kind for mark, kind in _OTHERS if mark.match(head)), "")
