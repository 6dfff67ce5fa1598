"""The Schannel settings, from the registry of a pretend server."""

from typing import Any, Final

from tests.windows.bed.wine_host import WineHost
from tests.windows.told import told

SCHANNEL: Final = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
CAPI2: Final = (
    r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels\Microsoft-Windows-CAPI2/Operational"
)


def settings(host: WineHost) -> dict[str, Any]:
    values = told(host, "schannel:settings")["values"]
    return {one["name"]: one.get("number", one.get("text")) for one in values}


def seed(host: WineHost, text: str) -> None:
    host.registry("Windows Registry Editor Version 5.00\n\n" + text)


def test_what_is_set_is_told_and_what_is_set_otherwise_is_told_otherwise(shared_windows: WineHost) -> None:
    for mode, enabled, log in ((2, 1, 1), (0, 0, 0)):
        seed(
            shared_windows,
            f'[{SCHANNEL}]\n"ClientAuthTrustMode"=dword:{mode:08x}\n"SendTrustedIssuerList"=dword:{enabled:08x}\n\n'
            f'[{SCHANNEL}\\Protocols\\TLS 1.3\\Server]\n"Enabled"=dword:{enabled:08x}\n\n'
            f'[{CAPI2}]\n"Enabled"=dword:{log:08x}\n"Type"=dword:00000001\n',
        )

        found = settings(shared_windows)

        assert found["ClientAuthTrustMode"] == str(mode)  # 64-bit numbers are text in JSON
        assert found["SendTrustedIssuerList"] == found["Protocols/TLS 1.3/Server/Enabled"] == str(enabled)
        assert found["CAPI2/Enabled"] == str(log)
        assert "CAPI2/Type" not in found


def test_a_value_that_is_removed_is_not_told_any_more(shared_windows: WineHost) -> None:
    seed(shared_windows, f'[{SCHANNEL}]\n"EventLogging"=dword:00000007\n')
    assert settings(shared_windows)["EventLogging"] == "7"

    seed(shared_windows, f'[{SCHANNEL}]\n"EventLogging"=-\n')
    assert "EventLogging" not in settings(shared_windows)


def test_values_of_other_types_are_counted_in_the_source(shared_windows: WineHost) -> None:
    seed(shared_windows, f'[{SCHANNEL}]\n"Odd"=hex:01,02\n"Words"="text"\n')

    assert told(shared_windows, "schannel:settings")["source"] == "registry, 1 left out"
    assert settings(shared_windows)["Words"] == "text"
