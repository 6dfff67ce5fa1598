"""The bytes of one member of a zip file, unpacked in memory up to a bound."""

import struct
import zlib
from typing import BinaryIO, Final

from farmsight_agent.hosts.evidence.intake.archives import fields
from farmsight_agent.hosts.evidence.intake.archives.directory import LOCAL_BYTES, Member
from farmsight_agent.outcome import FailedError

STORED: Final = 0
DEFLATED: Final = 8
AES: Final = 99
_METHODS: Final = {
    1: "shrink", 6: "implode", 9: "Deflate64", 12: "bzip2", 14: "LZMA", 20: "zstd", 93: "zstd", 95: "xz", 98: "PPMd",
}  # fmt: skip
_CHUNK: Final = 256 * 1024


def read(file: BinaryIO, member: Member, name: str, limit: int) -> bytes:
    """Return a member whole; raises FailedError naming it, and unpacks no more than `limit` bytes."""
    source = f"evidence:{name}"
    if member.size > limit:
        raise FailedError("too-large", f"{name} is over {limit} bytes", source=source)
    data = head(file, member, name, limit)
    if len(data) != member.size or zlib.crc32(data) != member.crc:
        raise FailedError("damaged-archive", f"{name} is damaged or cut off; fetch the archive again", source=source)
    return data


def head(file: BinaryIO, member: Member, name: str, length: int) -> bytes:
    """Return the first bytes of a member, unpacked; raises FailedError naming it."""
    source = f"evidence:{name}"
    if member.flags & fields.ENCRYPTED or member.method == AES:
        raise FailedError("password-protected", f"{name}: unpack it and give the folder", source=source)
    if member.method not in {STORED, DEFLATED}:
        method = _METHODS.get(member.method, f"method {member.method}")
        detail = f"{name} is packed by {method}: unpack it and give the folder"
        raise FailedError("unsupported-compression", detail, source=source)
    try:
        _to_data(file, member)
        wanted = min(length, member.size)
        return _stored(file, member, wanted) if member.method == STORED else _inflated(file, member, wanted)
    except (zlib.error, struct.error, OSError, ValueError, OverflowError) as error:
        raise FailedError("damaged-archive", f"{name} cannot be unpacked: {error}", source=source) from error


def _to_data(file: BinaryIO, member: Member) -> None:
    """Go to where the bytes of a member begin, behind a local header of the same name."""
    file.seek(member.offset)
    local = file.read(LOCAL_BYTES)
    if local[:4] != b"PK\x03\x04":
        raise ValueError("its header is not where the directory says")
    name_length, extra_length = struct.unpack_from("<2H", local, 26)
    if file.read(name_length) != member.raw_name:
        raise ValueError("its header bears another name")
    file.seek(extra_length, 1)


def _stored(file: BinaryIO, member: Member, wanted: int) -> bytes:
    return file.read(min(wanted, member.packed))


def _inflated(file: BinaryIO, member: Member, wanted: int) -> bytes:
    """Unpack until there is enough: the size that the directory promises bounds memory, not the stream."""
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    found, left, rest = bytearray(), member.packed, b""
    while len(found) < wanted and not engine.eof:
        if not rest:
            rest = file.read(min(_CHUNK, left))
            left -= len(rest)
            if not rest:
                break
        found += engine.decompress(rest, wanted - len(found))
        rest = engine.unconsumed_tail
    return bytes(found)
