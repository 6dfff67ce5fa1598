"""How Windows keeps proxy settings in one binary registry value: WinHttpSettings and DefaultConnectionSettings.

Little-endian: size or version, counter, flags (1 direct, 2 manual proxy, 4 script, 8 detect automatically),
then three texts with their length before each: proxy list, bypass list, script URL; WinHttpSettings ends after
two. The layout is not documented; the flags are those of INTERNET_PER_CONN_FLAGS
(learn.microsoft.com/windows/win32/api/wininet/ns-wininet-internet_per_conn_optiona), the rest is belief.
"""

import struct
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.netsh.proxies import bypasses, without_secrets
from farmsight_wire.v1 import facts_pb2

LARGEST: Final = 64 * 1024
LONGEST: Final = 2048  # of a proxy list or a URL as a fact
MOST_BYPASSES: Final = 500
MANUAL, SCRIPT, DETECT = 2, 4, 8
_HEAD: Final = struct.Struct("<III")
_LENGTH: Final = struct.Struct("<I")
_TEXTS: Final = 3


@dataclass(frozen=True, kw_only=True)
class Connection:
    """One connection's settings as stored; a text whose flag is off is not in force."""

    flags: int
    proxy: str = ""
    bypass: str = ""
    pac_url: str = ""

    @classmethod
    def of_values(cls, *, enabled: bool, proxy: str, bypass: str, pac_url: str) -> "Connection":
        """Return what the plain values ProxyEnable, ProxyServer, ProxyOverride and AutoConfigURL say."""
        flags = (MANUAL if enabled else 0) | (SCRIPT if pac_url else 0)
        return cls(flags=flags, proxy=proxy, bypass=bypass, pac_url=pac_url)

    def setting(self, source: facts_pb2.ProxySource.ValueType) -> facts_pb2.ProxySetting:
        """Return what is in force as a fact, without secrets."""
        made = facts_pb2.ProxySetting(proxy_source=source, auto_detect=bool(self.flags & DETECT))
        if self.flags & MANUAL:
            made.proxy = without_secrets(_printable(self.proxy))
        if made.proxy:
            made.bypass.extend(bypasses(_printable(self.bypass, LARGEST))[:MOST_BYPASSES])
        if self.flags & SCRIPT:
            made.pac_url = without_secrets(_printable(self.pac_url))
        made.direct = not (made.proxy or made.pac_url or made.auto_detect)
        return made


def decode(blob: bytes) -> Connection:
    """Return the settings in a value; raises ValueError for one that is cut off where a flag asks for a text."""
    if not _HEAD.size <= len(blob) <= LARGEST:
        raise ValueError(f"{len(blob)} bytes")
    flags = _HEAD.unpack_from(blob)[2]
    texts = _texts(blob)
    if flags & MANUAL and not texts:
        raise ValueError("a proxy is in force, and cut off")
    if flags & SCRIPT and len(texts) < _TEXTS:
        raise ValueError("a script is in force, and cut off")
    proxy, bypass, pac_url = [*texts, "", "", ""][:_TEXTS]
    return Connection(flags=flags, proxy=proxy, bypass=bypass, pac_url=pac_url)


def _texts(blob: bytes) -> list[str]:
    """Return the texts that are whole."""
    found: list[str] = []
    at = _HEAD.size
    while len(found) < _TEXTS and at + _LENGTH.size <= len(blob):
        length = _LENGTH.unpack_from(blob, at)[0]
        at += _LENGTH.size
        if length > len(blob) - at:
            break
        found.append(blob[at : at + length].decode("ascii", "replace").partition("\0")[0])
        at += length
    return found


def _printable(text: str, most: int = LONGEST) -> str:
    return "".join(one if one.isprintable() else " " for one in text[:most]).strip()
