"""The proxy settings of accounts, by WinHTTP and by the registry of a pretend server."""

import json

import pytest

from tests.windows import proxy_host
from tests.windows.bed.wine_host import WineHost
from tests.windows.proxy_host import SETTINGS, USER, binary, blob

_SHOW = """
import json, sys
from google.protobuf.json_format import MessageToDict
from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows import proxies
from farmsight_agent.outcome import NotObservedError
try:
    seen = proxies.settings(Account(context=1, name="CONTOSO\\\\svc", sid=sys.argv[1]))
    rows = [MessageToDict(one, preserving_proto_field_name=True) for one in seen.values]
    print(json.dumps([dict(row, line=line) for row, line in zip(rows, seen.lines, strict=True)]))
except NotObservedError as error:
    print(json.dumps([type(error).__name__, error.reason, error.source]))
"""
_POLICY = r"SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"


@pytest.fixture
def host(windows: WineHost) -> WineHost:
    return windows


def show(host: WineHost, sid: str = USER) -> list:
    return json.loads(host.code(_SHOW, sid))


def plain(key: str, **values: object) -> str:
    lines = [
        f'"{name}"=dword:{value:08x}' if isinstance(value, int) else f'"{name}"="{value}"'
        for name, value in values.items()
    ]
    return "\n".join(["Windows Registry Editor Version 5.00", "", f"[{key}]", *lines, "", ""])


def test_settings_that_nobody_made_are_direct(host: WineHost) -> None:
    machine, account = show(host)

    assert (machine["proxy_source"], machine["direct"]) == ("PROXY_SOURCE_WINHTTP", True)
    assert machine["line"] == "api:WinHttpGetDefaultProxyConfiguration"
    assert (account["proxy_source"], account["direct"]) == ("PROXY_SOURCE_WININET", True)


def test_the_machines_proxy_is_told_with_its_bypass_list(host: WineHost) -> None:
    proxy_host.of_machine(host, "proxy.contoso.com:8080", "*.contoso.com;<local>")

    machine = show(host)[0]

    assert (machine["proxy"], machine.get("direct")) == ("proxy.contoso.com:8080", None)
    assert machine["bypass"] == ["*.contoso.com", "<local>"]


def test_the_registry_as_second_source_says_the_same_of_what_winhttp_wrote(host: WineHost) -> None:
    assert (
        host.code(_BOTH, "proxy:8080", "*.contoso.com;<local>").split() == ["proxy:8080", "*.contoso.com,<local>"] * 2
    )
    assert host.code(_BOTH, "", "").split("\n")[:4] == [""] * 4


_BOTH = """
import ctypes, sys
from farmsight_agent.hosts.windows import proxies
from farmsight_agent.hosts.windows.api import winhttp
class Info(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_ulong), ("proxy", ctypes.c_wchar_p), ("bypass", ctypes.c_wchar_p)]
info = Info(3, *sys.argv[1:]) if sys.argv[1] else Info(1, None, None)
assert ctypes.WinDLL("winhttp").WinHttpSetDefaultProxyConfiguration(ctypes.byref(info))
for found, _ in (proxies._machine(), proxies._machine_registry()):
    print(found.proxy, ",".join(found.bypass), sep="\\n")
"""


def test_an_accounts_settings_are_read_from_its_hive(host: WineHost) -> None:
    proxy_host.of_account(host, 7, "u:secret@p:1", "<local>", "http://wpad/proxy.pac")

    account = show(host)[1]

    assert (account["proxy"], account["bypass"], account["pac_url"]) == ("p:1", ["<local>"], "http://wpad/proxy.pac")
    assert account["line"].startswith(rf"registry:HKU\{USER}")
    assert account["line"].endswith("DefaultConnectionSettings")


def test_the_plain_values_stand_in_for_the_binary_one(host: WineHost) -> None:
    host.registry(plain(rf"HKEY_CURRENT_USER\{SETTINGS}", ProxyEnable=1, ProxyServer="http=p:1;https=q:2"))

    account = show(host)[1]

    assert account["proxy"] == "http=p:1;https=q:2"
    assert "auto_detect" not in account


def test_a_hive_that_is_not_loaded_is_not_direct(host: WineHost) -> None:
    sid = "S-1-5-21-1-2-3-1104"

    assert show(host, sid) == ["UnavailableError", "hive-not-loaded", rf"registry:HKU\{sid}"]
    host.registry(binary(rf"HKEY_USERS\{sid}\{SETTINGS}\Connections", "DefaultConnectionSettings", blob(3, "p:1", "")))
    assert show(host, sid)[1]["proxy"] == "p:1"


def test_an_account_without_a_sid_is_not_known(host: WineHost) -> None:
    assert show(host, "")[:2] == ["UnavailableError", "no-sid"]


def test_a_policy_makes_the_machines_settings_those_of_all(host: WineHost) -> None:
    proxy_host.of_account(host, 3, "own:1")
    host.registry(plain(rf"HKEY_LOCAL_MACHINE\{SETTINGS}", ProxyEnable=1, ProxyServer="common:1"))

    own = show(host)[1]
    assert (own["proxy"], own["per_machine"], "own_differs" in own) == ("own:1", False, False)
    host.registry(plain(rf"HKEY_LOCAL_MACHINE\{_POLICY}", ProxySettingsPerUser=0))
    common = show(host)[1]
    assert (common["proxy"], common["per_machine"], common["own_differs"]) == ("common:1", True, True)
    stranger = show(host, "S-1-5-21-1-2-3-1104")[1]
    assert (stranger["proxy"], stranger["per_machine"], "own_differs" in stranger) == ("common:1", True, False)


def test_own_settings_that_say_the_same_as_the_machines_are_no_others(host: WineHost) -> None:
    host.registry(plain(rf"HKEY_LOCAL_MACHINE\{_POLICY}", ProxySettingsPerUser=0))
    host.registry(plain(rf"HKEY_LOCAL_MACHINE\{SETTINGS}", ProxyEnable=1, ProxyServer="common:1"))

    assert show(host)[1]["own_differs"] is False  # it has none
    proxy_host.of_account(host, 3, "common:1")
    assert show(host)[1]["own_differs"] is False
    host.registry(binary(rf"HKEY_CURRENT_USER\{SETTINGS}\Connections", "DefaultConnectionSettings", blob(3)[:14]))
    assert "own_differs" not in show(host)[1]  # they can't be read


def test_junk_in_the_registry_is_not_direct(host: WineHost) -> None:
    host.registry(binary(rf"HKEY_CURRENT_USER\{SETTINGS}\Connections", "DefaultConnectionSettings", blob(3)[:14]))

    assert show(host)[:2] == ["FailedError", "not-understood"]
