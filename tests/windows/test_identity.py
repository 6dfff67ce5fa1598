"""Who a server is, from Wine's own implementation of the calls, with the registry seeded."""

import json
import time
from datetime import datetime
from typing import Any, Final

import psutil
import pytest

from tests.windows.bed.wine_host import WineHost

CURRENT: Final = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
CBS: Final = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing"
TCPIP: Final = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"
POLICY: Final = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient"
SESSION: Final = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Session Manager"
TAIL: Final = "~31bf3856ad364e35~amd64~~"
_ASK: Final = """
import json, sys
from google.protobuf.json_format import MessageToDict
from farmsight_agent.hosts.windows import identity
{before}
[one] = identity.identity(sys.argv[2:], sys.argv[1] or None).values
print(json.dumps(MessageToDict(one, preserving_proto_field_name=True)))
"""
_IN_DOMAIN: Final = """
import win32net, win32security
win32net.NetGetJoinInformation = lambda: ("CONTOSO", 3)
win32security.LsaOpenPolicy = lambda *asked: None
win32security.LsaQueryInformationPolicy = lambda *asked: ("CONTOSO", {dns!r}, "contoso.com", None, None)
"""


def identity(host: WineHost, *names: str, server_name: str = "", before: str = "") -> Any:
    return json.loads(host.code(_ASK.replace("{before}", before), server_name, *names))


def seed(host: WineHost, text: str) -> None:
    host.registry("Windows Registry Editor Version 5.00\n\n" + text)


@pytest.mark.parametrize(
    ("product", "kind", "revision"),
    [("Windows Server 2019 Datacenter", "Server Core", 5329), ("Windows Server 2022 Standard", "Server", 2560)],
)
def test_edition_installation_and_revision_are_what_the_registry_says(
    shared_windows: WineHost, product: str, kind: str, revision: int
) -> None:
    seed(
        shared_windows,
        f'[{CURRENT}]\n"ProductName"="{product}"\n"InstallationType"="{kind}"\n"UBR"=dword:{revision:08x}\n',
    )

    found = identity(shared_windows)

    assert (found["os_name"], found["installation_type"], found["os_update_revision"]) == (product, kind, revision)
    assert found["os_version"] == "10.0.20348"


def test_names_are_the_machine_s_unless_the_configuration_says_otherwise(shared_windows: WineHost) -> None:
    own = shared_windows.code("import os; print(os.environ['COMPUTERNAME'])").strip()

    assert identity(shared_windows)["computer_name"] == own.upper()
    assert identity(shared_windows, server_name="sts01.contoso.com")["computer_name"] == "STS01"


def test_addresses_are_those_of_adapters_without_loopback_and_link_local(shared_windows: WineHost) -> None:
    up = {name for name, stats in psutil.net_if_stats().items() if stats.isup and name != "lo"}
    there = {
        one.address
        for name, addresses in psutil.net_if_addrs().items()
        for one in addresses
        if name in up
        and one.family.name in {"AF_INET", "AF_INET6"}
        and not one.address.startswith(("fe80", "169.254."))
    }

    assert set(identity(shared_windows).get("addresses", ())) == there


def test_the_start_is_told_to_the_minute_and_twice_alike(shared_windows: WineHost) -> None:
    first, second = (identity(shared_windows)["booted_at"] for _ in range(2))

    assert first == second
    assert first.endswith(":00Z")
    assert abs(datetime.fromisoformat(first).timestamp() - psutil.boot_time()) < 3600
    assert datetime.fromisoformat(first).timestamp() < time.time()


def test_a_workgroup_is_no_domain_and_a_domain_is_told_by_its_dns_name(shared_windows: WineHost) -> None:
    alone = identity(shared_windows)
    joined = identity(shared_windows, before=_IN_DOMAIN.format(dns="contoso.com"))
    unnamed = identity(shared_windows, before=_IN_DOMAIN.format(dns=""))

    assert (alone["domain_joined"], alone["domain_or_workgroup"]) == ("TRISTATE_NO", "Workgroup")
    assert (joined["domain_joined"], joined["domain_or_workgroup"]) == ("TRISTATE_YES", "contoso.com")
    assert unnamed["domain_or_workgroup"] == "CONTOSO"


def test_a_pending_restart_is_told_with_its_reasons(shared_windows: WineHost) -> None:
    before = identity(shared_windows)
    seed(
        shared_windows,
        f'[{CBS}\\RebootPending]\n\n[{SESSION}]\n"PendingFileRenameOperations"=hex(7):61,00,00,00,00,00,00,00\n',
    )

    after = identity(shared_windows)

    assert before["pending_reboot"] == "TRISTATE_NO"
    assert after["pending_reboot"] == "TRISTATE_YES"
    assert after["pending_reboot_reasons"] == ["component-based-servicing", "file-renames"]


def test_installed_updates_are_told_and_staged_ones_are_not(shared_windows: WineHost) -> None:
    assert "installed_updates" not in identity(shared_windows)
    seed(
        shared_windows,
        f'[{CBS}\\Packages\\Package_for_KB3172614{TAIL}6.3.1.4]\n"CurrentState"=dword:00000070\n\n'
        f'[{CBS}\\Packages\\Package_for_KB3042058{TAIL}6.3.1.4]\n"CurrentState"=dword:00000040\n\n'
        f'[{CBS}\\Packages\\Package_for_RollupFix{TAIL}20348.2031.1.7]\n"CurrentState"=dword:00000070\n',
    )

    assert identity(shared_windows)["installed_updates"] == ["KB3172614", "RollupFix 20348.2031.1.7"]


def test_the_search_list_of_the_policy_stands_before_the_machine_s_own(shared_windows: WineHost) -> None:
    seed(shared_windows, f'[{TCPIP}]\n"Domain"="contoso.com"\n"SearchList"=""\n')
    assert identity(shared_windows)["dns_suffixes"][0] == "contoso.com"

    seed(shared_windows, f'[{TCPIP}]\n"SearchList"="a.contoso.com,b.contoso.com"\n')
    assert identity(shared_windows)["dns_suffixes"] == ["a.contoso.com", "b.contoso.com"]

    seed(shared_windows, f'[{POLICY}]\n"SearchList"="policy.contoso.com"\n')
    assert identity(shared_windows)["dns_suffixes"] == ["policy.contoso.com"]


def test_names_resolve_as_the_server_resolves_them(shared_windows: WineHost) -> None:
    here, nowhere = identity(shared_windows, "localhost", "no-such-name.invalid")["resolutions"]

    assert here["outcome"] == "RESOLUTION_OUTCOME_RESOLVED"
    assert "127.0.0.1" in here["addresses"]
    assert nowhere["outcome"] == "RESOLUTION_OUTCOME_NO_SUCH_NAME"


@pytest.mark.parametrize(
    ("line", "by_hand"), [("127.0.0.1 localhost", True), ("127.0.0.9 localhost", False), ("", False)]
)
def test_the_hosts_file_is_the_one_that_the_registry_names(shared_windows: WineHost, line: str, by_hand: bool) -> None:
    seed(shared_windows, f'[{TCPIP}]\n"DataBasePath"="%SystemDrive%\\\\elsewhere"\n')
    shared_windows.put(r"C:\elsewhere\hosts", f"# by hand\r\n{line}\r\n")

    [found] = identity(shared_windows, "localhost")["resolutions"]

    assert found.get("from_hosts_file", False) is by_hand
