"""A self-relative security descriptor, as the registry keeps those of URL reservations, as SDDL.

Platform-free: the bytes may be anything, and nothing is read outside of
them. Spelt as Windows spells it: well-known SIDs and generic rights by their
letters, the rest by number. Only the discretionary list is told, which is all
that http.sys keeps. Source: MS-DTYP 2.4.2 to 2.4.6 and 2.5.1.
"""

import struct
from typing import Final

from farmsight_agent.outcome import FailedError

MAX_BYTES: Final = 65_536
MAX_ENTRIES: Final = 1000
_HEADER: Final = struct.Struct("<BBHIIII")
_LIST: Final = struct.Struct("<BBHHH")
_ENTRY: Final = struct.Struct("<BBHI")
_SELF_RELATIVE: Final = 0x8000
_LIST_PRESENT: Final = 0x4
_CONTROLS: Final = ((0x1000, "P"), (0x100, "AR"), (0x400, "AI"))  # protected, to be inherited, inherited
_TYPES: Final = {0: "A", 1: "D"}
_INHERITANCE: Final = ((0x1, "OI"), (0x2, "CI"), (0x4, "NP"), (0x8, "IO"), (0x10, "ID"))
_RIGHTS: Final = {
    0x10000000: "GA", 0x20000000: "GX", 0x40000000: "GW", 0x80000000: "GR", 0x60000000: "GXGW",
}  # fmt: skip
_ALIASES: Final = {
    "S-1-1-0": "WD", "S-1-3-0": "CO", "S-1-5-2": "NU", "S-1-5-4": "IU", "S-1-5-6": "SU", "S-1-5-7": "AN",
    "S-1-5-11": "AU", "S-1-5-18": "SY", "S-1-5-19": "LS", "S-1-5-20": "NS", "S-1-5-32-544": "BA",
    "S-1-5-32-545": "BU", "S-1-5-32-546": "BG", "S-1-5-32-547": "PU", "S-1-5-32-568": "IS", "S-1-15-2-1": "AC",
}  # fmt: skip


def to_sddl(data: bytes) -> str:
    """Return the "D:" part of a descriptor; raises FailedError on bytes that are none, or hold an unknown entry."""
    if len(data) > MAX_BYTES:
        raise _not_understood(f"{len(data)} bytes")
    revision, _, control, _owner, _group, _system, at = _unpacked(_HEADER, data, 0)
    if revision != 1 or not control & _SELF_RELATIVE:
        raise _not_understood("no self-relative descriptor of revision 1")
    flags = "".join(letters for bit, letters in _CONTROLS if control & bit)
    if not control & _LIST_PRESENT or not at:
        raise _not_understood("no discretionary list: everybody may do everything")
    return f"D:{flags}{_entries(data, at)}"


def _entries(data: bytes, at: int) -> str:
    _revision, _, size, count, _ = _unpacked(_LIST, data, at)
    if count > MAX_ENTRIES or at + size > len(data):
        raise _not_understood(f"a list of {count} entries in {size} bytes")
    end, at = at + size, at + _LIST.size
    found: list[str] = []
    for _ in range(count):
        kind, inheritance, length, mask = _unpacked(_ENTRY, data, at)
        if kind not in _TYPES or length < _ENTRY.size or at + length > end:
            raise _not_understood(f"an entry of type {kind} and {length} bytes")
        flags = "".join(letters for bit, letters in _INHERITANCE if inheritance & bit)
        sid = _sid(data[at + _ENTRY.size : at + length])
        found.append(f"({_TYPES[kind]};{flags};{_RIGHTS.get(mask, hex(mask))};;;{sid})")
        at += length
    return "".join(found)


def _sid(data: bytes) -> str:
    if len(data) < 8 or data[0] != 1 or data[1] > 15 or 8 + 4 * data[1] > len(data):
        raise _not_understood("no SID")
    parts = struct.unpack_from(f"<{data[1]}I", data, 8)
    sid = "-".join(["S-1", str(int.from_bytes(data[2:8], "big")), *map(str, parts)])
    return _ALIASES.get(sid, sid)


def _unpacked(shape: struct.Struct, data: bytes, at: int) -> tuple[int, ...]:
    if at + shape.size > len(data):
        raise _not_understood("it goes on behind its end")
    return shape.unpack_from(data, at)


def _not_understood(what: str) -> FailedError:
    return FailedError("not-understood", f"a security descriptor: {what}")
