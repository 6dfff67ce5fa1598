"""Zip files made by hand, byte by byte, as no honest tool writes them."""

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, replace


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    """Return an honest zip file of a dict, or of pairs, of names and bytes."""
    pairs = members.items() if isinstance(members, dict) else members
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", compression) as archive:
        for name, data in pairs:
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 1, 12, 30, 10)), data, compression)
    return body.getvalue()


@dataclass(frozen=True, kw_only=True)
class Raw:
    """One member, each field as it is to stand in the file; None: as it would be in an honest one."""

    name: bytes
    data: bytes = b"Listen: Yes\r\n"
    method: int = 8
    flags: int = 0
    size: int | None = None
    crc: int | None = None
    packed: bytes | None = None
    extra: bytes = b""
    date: int = 46 << 9 | 3 << 5 | 1
    time: int = 12 << 11 | 30 << 5 | 5
    made_by: int = 0
    mode: int = 0
    attributes: int = 0
    offset: int | None = None
    local_name: bytes | None = None

    def body(self):
        if self.packed is not None:
            return self.packed
        if self.method != 8:
            return self.data
        engine = zlib.compressobj(9, zlib.DEFLATED, -15)
        return engine.compress(self.data) + engine.flush()

    def numbers(self):
        crc = zlib.crc32(self.data) if self.crc is None else self.crc
        return crc, len(self.body()), len(self.data) if self.size is None else self.size


def raw_zip(*members, count=None, comment=b"", front=b"", directory_size=None):
    """Return a zip file of raw members."""
    body, central = bytearray(front), bytearray()
    for one in members:
        offset = len(body) - len(front) if one.offset is None else one.offset
        if one.offset is None:
            name = one.name if one.local_name is None else one.local_name
            fields = (20, one.flags, one.method, one.time, one.date, *one.numbers(), len(name), 0)
            body += struct.pack("<4s5H3L2H", b"PK\3\4", *fields) + name + one.body()
        central += struct.pack(
            "<4s4B4H3L5H2L",
            b"PK\1\2", 20, one.made_by, 20, 0, one.flags, one.method, one.time, one.date, *one.numbers(),
            len(one.name), len(one.extra), 0, 0, 0, one.mode << 16 | one.attributes, offset,
        ) + one.name + one.extra  # fmt: skip
    number = min(len(members), 0xFFFF) if count is None else count
    length = len(central) if directory_size is None else directory_size
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, number, number, length, len(body) - len(front), len(comment))
    return bytes(body + central + end + comment)


def bomb(size, name=b"bomb.txt"):
    """Return a member that unpacks to this many zeros."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    chunk, parts, crc = bytes(1024 * 1024), [], 0
    for _ in range(size // len(chunk)):
        parts.append(engine.compress(chunk))
        crc = zlib.crc32(chunk, crc)
    return Raw(name=name, data=b"", size=size, crc=crc, packed=b"".join(parts) + engine.flush())


def overlapping(number, inner=200_000):
    """Return members that all unpack the same bytes."""
    kernel = Raw(name=b"a0.txt", data=bytes(inner))
    return raw_zip(kernel, *(replace(kernel, name=b"a%d.txt" % n, offset=0) for n in range(1, number)))


def nested(depth, innermost):
    """Return zips within zips."""
    data = zipped({"WAP01/WAP01_49443.txt": innermost})
    for level in range(depth - 1):
        data = zipped({f"inner{level}.zip": data})
    return data
