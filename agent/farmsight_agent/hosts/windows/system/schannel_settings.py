"""Which registry values make up the Schannel settings, and under which names they are told.

The names are those of the collection script, so that both sources say the same. Sources: "Transport Layer
Security (TLS) registry settings", "CertGetCertificateChain config values" and "Http.sys registry settings"
on learn.microsoft.com; where CAPI2's log is switched on: the channel's key below WINEVT [belief: that
`wevtutil set-log` writes it there].
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from farmsight_wire.v1 import facts_pb2

SCHANNEL: Final = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
CHAIN_ENGINE: Final = r"SOFTWARE\Microsoft\Cryptography\OID\EncodingType 0\CertDllCreateCertificateChainEngine\Config"
POLICIES: Final = r"SOFTWARE\Policies\Microsoft\SystemCertificates"
CAPI2_LOG: Final = r"SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels\Microsoft-Windows-CAPI2/Operational"

MAX_SETTINGS: Final = 1000
MAX_TEXT: Final = 1000

Values = Callable[[str], Mapping[str, object]]
Subkeys = Callable[[str], Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A key, the prefix its values are told with, which of them (none named: all), how many keys below."""

    path: str
    prefix: str = ""
    only: frozenset[str] = frozenset()
    depth: int = 0


_STRONG: Final = frozenset({"schusestrongcrypto", "systemdefaulttlsversions"})
_PLACES: Final = (
    _Place(path=SCHANNEL),
    _Place(path=rf"{SCHANNEL}\Protocols", prefix="Protocols/", depth=2),
    _Place(path=r"SOFTWARE\Microsoft\.NETFramework\v4.0.30319", prefix=".NETFramework/v4.0.30319/", only=_STRONG),
    _Place(
        path=r"SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319",
        prefix="Wow6432Node/.NETFramework/v4.0.30319/",
        only=_STRONG,
    ),
    # Says that .NET's settings were looked at, also where none is set.
    _Place(
        path=r"SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full",
        prefix=".NETFramework/",
        only=frozenset({"release"}),
    ),
    _Place(
        path=r"SYSTEM\CurrentControlSet\Services\HTTP\Parameters",
        prefix="HTTP/",
        only=frozenset(
            {"disablesslcertchaincacheonlyurlretrieval", "enablehttp2tls", "maxfieldlength", "maxrequestbytes"}
        ),
    ),
    _Place(path=CHAIN_ENGINE, prefix="ChainEngine/"),
    _Place(path=rf"{POLICIES}\ChainEngine\Config", prefix="ChainEngine/Policy/"),
    _Place(path=rf"{POLICIES}\AuthRoot", prefix="AuthRoot/", only=frozenset({"disablerootautoupdate"})),
    _Place(path=CAPI2_LOG, prefix="CAPI2/", only=frozenset({"enabled"})),
)


def settings(values: Values, subkeys: Subkeys) -> tuple[list[facts_pb2.SchannelSetting], int]:
    """Return the settings that are set, and how many values were left out.

    Left out is what is neither a number nor text, as the file time of the
    chain engine's resync, and what is beyond MAX_SETTINGS. What `values` and
    `subkeys` raise goes through: half a listing would say "default" of the
    rest.
    """
    found: list[facts_pb2.SchannelSetting] = []
    left_out = 0
    for place in _PLACES:
        for name, value in _below(place.path, place.prefix, place, values, subkeys, place.depth):
            setting = _setting(name, value) if len(found) < MAX_SETTINGS else None
            if setting is None:
                left_out += 1
            else:
                found.append(setting)
    return found, left_out


def _below(
    path: str, prefix: str, place: _Place, values: Values, subkeys: Subkeys, depth: int
) -> list[tuple[str, object]]:
    """Return the wanted values of a key and of those below it, by the names that they are told with."""
    found = [
        (prefix + name, value)
        for name, value in values(path).items()
        if name and (not place.only or name.lower() in place.only)
    ]
    for name in subkeys(path)[:MAX_SETTINGS] if depth else ():
        found += _below(rf"{path}\{name}", f"{prefix}{name}/", place, values, subkeys, depth - 1)
    return found


def _setting(name: str, value: object) -> facts_pb2.SchannelSetting | None:
    if isinstance(value, int):
        return facts_pb2.SchannelSetting(name=name, number=value)
    if isinstance(value, str):
        return facts_pb2.SchannelSetting(name=name, text=value[:MAX_TEXT])
    return None
