r"""The web proxies that an account would use: WinHTTP's, which is the machine's, and the account's WinINET settings.

WinINET's lie in the account's own hive, HKU\SID, which is there while its profile is loaded; with the policy
ProxySettingsPerUser = 0 those of the machine count for everybody. Source: Microsoft KB 2623724.
"""

import sys
from typing import Final

from farmsight_agent.hosts.host import Account, Seen
from farmsight_agent.hosts.windows.api import registry, winhttp
from farmsight_agent.hosts.windows.network.proxy_blobs import MANUAL, Connection, decode
from farmsight_agent.outcome import FailedError, NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

_SETTINGS: Final = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
_PLAIN: Final = "ProxyEnable"
_POLICY: Final = r"SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"


def settings(account: Account) -> Seen[facts_pb2.ProxySetting]:
    """Return the settings; raises UnavailableError where the account's hive is not loaded, DeniedError, FailedError."""
    rows = (_machine(), _of_account(account))
    return Seen(values=tuple(row for row, _ in rows), source="api+registry", lines=tuple(line for _, line in rows))


def _machine() -> tuple[facts_pb2.ProxySetting, str]:
    """Return WinHTTP's own word for the machine's static proxy, else the registry's."""
    try:
        found = winhttp.machine_proxy()
    except winhttp.WinHttpError:
        return _machine_registry()
    held = Connection(flags=MANUAL if found.proxy else 0, proxy=found.proxy, bypass=found.bypass)
    return _without_detection(held), "api:WinHttpGetDefaultProxyConfiguration"


def _machine_registry() -> tuple[facts_pb2.ProxySetting, str]:
    path = rf"{_SETTINGS}\Connections"
    line = rf"registry:HKLM\{path}\WinHttpSettings"
    blob = registry.value(registry.LOCAL_MACHINE, path, "WinHttpSettings")
    held = Connection(flags=0) if blob is None else _decoded(blob, line)
    return _without_detection(held), line


def _without_detection(held: Connection) -> facts_pb2.ProxySetting:
    """Return the setting of WinHTTP, which knows a static proxy only: whether it detects is not told there."""
    made = held.setting(facts_pb2.PROXY_SOURCE_WINHTTP)
    made.ClearField("auto_detect")
    made.direct = not made.proxy
    return made


def _of_account(account: Account) -> tuple[facts_pb2.ProxySetting, str]:
    if registry.number(registry.LOCAL_MACHINE, _POLICY, "ProxySettingsPerUser") == 0:
        common, line = _wininet(registry.LOCAL_MACHINE, _SETTINGS, "HKLM")
        common.per_machine = True
        own = _own_if_readable(account)
        if own is not None:
            common.own_differs = not own.direct and _said(own) != _said(common)
        return common, line
    if not account.sid:
        raise UnavailableError("no-sid", f"the SID of {account.name} is not known", source="registry")
    if not registry.exists(registry.USERS, account.sid):
        raise UnavailableError(
            "hive-not-loaded",
            f"the registry of {account.name} is not loaded: its service does not run",
            source=rf"registry:HKU\{account.sid}",
        )
    made, line = _wininet(registry.USERS, rf"{account.sid}\{_SETTINGS}", "HKU")
    made.per_machine = False
    return made, line


def _own_if_readable(account: Account) -> facts_pb2.ProxySetting | None:
    """Return the values of an account for whom the machine's count; None where they can't be had."""
    try:
        if not account.sid or not registry.exists(registry.USERS, account.sid):
            return None
        return _wininet(registry.USERS, rf"{account.sid}\{_SETTINGS}", "HKU")[0]
    except NotObservedError:
        return None  # nothing hangs on them


def _said(one: facts_pb2.ProxySetting) -> tuple[str, tuple[str, ...], str, bool]:
    """Return what a setting comes to, whichever of its values told it."""
    return one.proxy, tuple(one.bypass), one.pac_url, one.auto_detect


def _wininet(hive: int, path: str, shown: str) -> tuple[facts_pb2.ProxySetting, str]:
    held, name = _connection(hive, path, shown)
    made = held.setting(facts_pb2.PROXY_SOURCE_WININET)
    if name == _PLAIN:
        made.ClearField("auto_detect")  # the plain values don't tell it
    return made, rf"registry:{shown}\{path}\{name}"


def _connection(hive: int, path: str, shown: str) -> tuple[Connection, str]:
    """Return the settings of a hive: the binary value where there is one, else the plain ones; and which it was."""
    name = r"Connections\DefaultConnectionSettings"
    blob = registry.value(hive, rf"{path}\Connections", "DefaultConnectionSettings")
    if blob is not None:
        return _decoded(blob, rf"registry:{shown}\{path}\{name}"), name
    plain = Connection.of_values(
        enabled=bool(registry.number(hive, path, "ProxyEnable")),
        proxy=registry.text(hive, path, "ProxyServer"),
        bypass=registry.text(hive, path, "ProxyOverride"),
        pac_url=registry.text(hive, path, "AutoConfigURL"),
    )
    return plain, _PLAIN


def _decoded(blob: registry.Value, line: str) -> Connection:
    try:
        return decode(blob if isinstance(blob, bytes) else b"")
    except ValueError as error:
        raise FailedError("not-understood", f"proxy settings of {error}", source=line) from error
