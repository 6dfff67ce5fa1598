r"""One file of CryptnetUrlCache\MetaData: a URL, when it was last fetched, how large the answer was.

The format is not documented. What is known of it was found by looking, and
published (e.g. "Certutil Artifacts Analysis", u0041.co): a head of 116 bytes
with, little endian, the length of the URL at byte 12, the FILETIME of the last
fetch at 16, of the answer's Last-Modified header at 88, the length of its ETag
at 100, its size at 112; then URL and ETag in UTF-16 without a NUL. Belief: it
is so on every Windows Server from 2016 on.
"""

import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

HEAD: Final = 116
LARGEST: Final = 64 * 1024  # a head, a URL, an ETag
LONGEST_URL: Final = 4096
_URL_BYTES_AT: Final = 12
_FETCHED_AT: Final = 16
_SIZE_AT: Final = 112
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
# Outside of these it is no time that something was fetched, but another format.
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What one file says; `fetched` is None where it holds no plausible time."""

    url: str
    fetched: datetime | None
    size: int


def read(data: bytes) -> Metadata | None:
    """Return what a file says, or None where it is not of this form; never raises."""
    if len(data) < HEAD:
        return None
    (length,) = struct.unpack_from("<I", data, _URL_BYTES_AT)
    if not 0 < length <= min(len(data) - HEAD, 2 * LONGEST_URL) or length % 2:
        return None
    try:
        url = data[HEAD : HEAD + length].decode("utf-16-le").rstrip("\0")
    except UnicodeDecodeError:
        return None
    if not _URL.match(url) or not url.isprintable():
        return None
    (ticks,) = struct.unpack_from("<Q", data, _FETCHED_AT)
    (size,) = struct.unpack_from("<I", data, _SIZE_AT)
    return Metadata(url=url, fetched=_instant(ticks), size=size)


def _instant(ticks: int) -> datetime | None:
    """Return a FILETIME (100 ns since 1601) as a datetime."""
    try:
        when = _EPOCH + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return None
    return when if _EARLIEST < when < _LATEST else None
