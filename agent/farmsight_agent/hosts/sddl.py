"""Access control lists as text (MS-DTYP 2.5.1), as far as URL reservations use them."""

import hashlib
import re
import struct
from dataclasses import dataclass
from typing import Final

from farmsight_wire.v1 import facts_pb2

GENERIC_ALL: Final = 0x10000000
GENERIC_EXECUTE: Final = 0x20000000  # may listen below the URL
GENERIC_WRITE: Final = 0x40000000  # may pass the reservation on

MAX_LENGTH: Final = 65_536  # no access control list is larger (MS-DTYP 2.4.5)

_RIGHTS: Final = {
    "GA": GENERIC_ALL, "GX": GENERIC_EXECUTE, "GW": GENERIC_WRITE, "GR": 0x80000000,
    "RC": 0x20000, "SD": 0x10000, "WD": 0x40000, "WO": 0x80000,
    "CC": 0x1, "DC": 0x2, "LC": 0x4, "SW": 0x8, "RP": 0x10, "WP": 0x20, "DT": 0x40, "LO": 0x80, "CR": 0x100,
    "FA": 0x1F01FF, "FR": 0x120089, "FW": 0x120116, "FX": 0x1200A0,
    "KA": 0xF003F, "KR": 0x20019, "KW": 0x20006, "KX": 0x20019,
}  # fmt: skip
_ALIASES: Final = {
    "WD": "S-1-1-0", "CO": "S-1-3-0", "NU": "S-1-5-2", "IU": "S-1-5-4", "SU": "S-1-5-6", "AN": "S-1-5-7",
    "AU": "S-1-5-11", "SY": "S-1-5-18", "LS": "S-1-5-19", "NS": "S-1-5-20", "BA": "S-1-5-32-544",
    "BU": "S-1-5-32-545", "BG": "S-1-5-32-546", "PU": "S-1-5-32-547", "IS": "S-1-5-32-568", "AC": "S-1-15-2-1",
}  # fmt: skip
_NAMES: Final = {
    "S-1-1-0": "Everyone",
    "S-1-5-11": "NT AUTHORITY\\Authenticated Users",
    "S-1-5-18": "NT AUTHORITY\\SYSTEM",
    "S-1-5-19": "NT AUTHORITY\\LOCAL SERVICE",
    "S-1-5-20": "NT AUTHORITY\\NETWORK SERVICE",
    "S-1-5-32-544": "BUILTIN\\Administrators",
    "S-1-5-32-545": "BUILTIN\\Users",
    "S-1-5-32-568": "BUILTIN\\IIS_IUSRS",
}
_ACE: Final = re.compile(r"\(([^()]*)\)")
_SID: Final = re.compile(r"S-1-\d{1,15}(-\d{1,10}){0,15}", re.IGNORECASE)
_LIST: Final = re.compile(r"([A-Z]*)((\([^()]*\))*)(S:.*)?", re.DOTALL)


class SddlError(ValueError):
    """The text is no security descriptor with a discretionary list."""


def service_sid(service: str) -> str:
    """Return the SID of a Windows service: a number made from its name, in no language."""
    name = service.upper().encode("utf-16-le")
    parts = struct.unpack("<5I", hashlib.sha1(name, usedforsecurity=False).digest())
    return "S-1-5-80-" + "-".join(str(part) for part in parts)


# The services of AD FS and its proxy.
SERVICE_NAMES: Final = {
    service_sid(name): f"NT SERVICE\\{name}" for name in ("adfssrv", "drs", "appproxysvc", "appproxyctrl")
}


def name_of(sid: str) -> str:
    """Return the name of a SID that is the same on every machine, or ""."""
    return _NAMES.get(sid) or SERVICE_NAMES.get(sid, "")


@dataclass(frozen=True, kw_only=True)
class Ace:
    """One entry: allow or deny, to whom, what."""

    allow: bool
    sid: str
    rights: str
    mask: int


def trustees(sddl: str) -> list[facts_pb2.Trustee]:
    """Return the entries of a URL reservation's SDDL, in order; raises SddlError."""
    return [
        facts_pb2.Trustee(
            sid=ace.sid,
            name=name_of(ace.sid),
            allow=ace.allow,
            listen=bool(ace.mask & (GENERIC_EXECUTE | GENERIC_ALL)),
            delegate=bool(ace.mask & (GENERIC_WRITE | GENERIC_ALL)),
            rights=ace.rights,
        )
        for ace in discretionary_entries(sddl)
    ]


def discretionary_entries(sddl: str) -> list[Ace]:
    """Return the allow and deny entries of the D: part; raises SddlError."""
    if len(sddl) > MAX_LENGTH:
        raise SddlError(f"a descriptor of {len(sddl)} characters")
    text = "".join(sddl.split())
    _before, mark, after = text.partition("D:")
    found = _LIST.fullmatch(after)
    if not mark or found is None:
        raise SddlError(f"no list of access entries in {sddl[:80]!r}")
    return [_ace(one) for one in _ACE.findall(found[2])]


def _ace(text: str) -> Ace:
    fields = text.split(";")
    if len(fields) < 6 or fields[0] not in {"A", "D", "OA", "OD", "XA", "XD"}:
        raise SddlError(f"not an access entry: ({text[:80]})")
    trustee = fields[5]
    if trustee not in _ALIASES and not _SID.fullmatch(trustee) and not re.fullmatch("[A-Z]{2}", trustee):
        raise SddlError(f"not a trustee: {trustee[:80]!r}")
    sid = _ALIASES.get(trustee, trustee)  # aliases of a domain's accounts have no fixed number
    return Ace(allow=fields[0].endswith("A"), sid=sid.upper(), rights=fields[2], mask=_mask(fields[2]))


def _mask(rights: str) -> int:
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,8}", rights):
        return int(rights, 16)
    if re.fullmatch(r"[0-9]{1,10}", rights):
        return int(rights, 8 if rights.startswith("0") and set(rights) <= set("01234567") else 10)
    pairs = [rights[at : at + 2] for at in range(0, len(rights), 2)]
    if any(pair not in _RIGHTS for pair in pairs):
        raise SddlError(f"not rights: {rights[:80]!r}")
    mask = 0
    for pair in pairs:
        mask |= _RIGHTS[pair]
    return mask
