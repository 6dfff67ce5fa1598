"""How far the clock is off, by asking the source that the pretend server's time service is set to."""

import json
from typing import Any, Final

import pytest

from tests.windows.bed.wine_host import WineHost
from tests.windows.time_server import TimeServer

SERVICE: Final = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\W32Time\Parameters"
POLICY: Final = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\W32Time\Parameters"
_ASK: Final = """
import json, sys
from google.protobuf.json_format import MessageToDict
from farmsight_agent.hosts.windows import clock
from farmsight_agent.outcome import NotObservedError
{before}
try:
    seen = clock.offsets(int(sys.argv[1]))
    values = [MessageToDict(one, preserving_proto_field_name=True) for one in seen.values]
    print(json.dumps([values, seen.source]))
except NotObservedError as error:
    print(json.dumps([type(error).__name__, error.reason, error.detail]))
"""
# A domain, and a controller in it: Wine has neither.
_IN_DOMAIN: Final = r"""
import win32net, win32security
win32net.NetGetJoinInformation = lambda: ("CONTOSO", 3)
win32security.DsGetDcName = lambda *asked: {"DomainControllerName": r"\\LOCALHOST"}
"""
_CREATE: Final = """
import win32service as w
manager = w.OpenSCManager(None, None, w.SC_MANAGER_ALL_ACCESS)
w.CreateService(manager, "W32Time", "Windows Time", w.SERVICE_ALL_ACCESS, w.SERVICE_WIN32_OWN_PROCESS,
  w.SERVICE_DEMAND_START, w.SERVICE_ERROR_NORMAL, "C:\\\\nothing.exe", None, False, None, None, None)
"""


def seed(host: WineHost, *, kind: str, peers: str = "", key: str = SERVICE) -> None:
    parent = key.rpartition("\\")[0]
    host.registry(
        f'Windows Registry Editor Version 5.00\n\n[{parent}]\n\n[-{POLICY}]\n\n[{key}]\n"Type"="{kind}"\n'
        f'"NtpServer"="{peers}"\n'
    )


def ask(host: WineHost, port: int, before: str = "") -> Any:
    return json.loads(host.code(_ASK.replace("{before}", before), str(port)))


@pytest.mark.parametrize("ahead", [300, -4000, 0])
def test_the_offset_is_what_the_configured_server_says(shared_windows: WineHost, ahead: int) -> None:
    seed(shared_windows, kind="NTP", peers="127.0.0.1,0x9")
    with TimeServer(ahead) as server:
        [offset], source = ask(shared_windows, server.port)

    assert offset["reference"] == "ntp:127.0.0.1"
    assert float(offset["offset"].removesuffix("s")) == pytest.approx(-ahead, abs=1)
    assert (offset["time_source"], source) == ("NTP 127.0.0.1", "sntp")


def test_a_peer_that_does_not_answer_is_named_beside_one_that_does(shared_windows: WineHost) -> None:
    seed(shared_windows, kind="NTP", peers="127.0.0.1,0x9 no.such.invalid,0x1")
    with TimeServer(0) as server:
        offsets, source = ask(shared_windows, server.port)

    assert [one["reference"] for one in offsets] == ["ntp:127.0.0.1"]
    assert "no.such.invalid" in source


def test_a_server_that_does_not_know_the_time_leaves_the_offset_unknown(shared_windows: WineHost) -> None:
    seed(shared_windows, kind="NTP", peers="127.0.0.1,0x9")
    with TimeServer(0, stratum=0) as server:
        kind, reason, detail = ask(shared_windows, server.port)

    assert (kind, reason) == ("UnavailableError", "no-time-source-answered")
    assert "time-server-refused" in detail


@pytest.mark.parametrize("kind", ["NoSync", "NT5DS", ""])
def test_where_nobody_is_to_be_asked_the_offset_is_unknown_not_zero(shared_windows: WineHost, kind: str) -> None:
    seed(shared_windows, kind=kind, peers="127.0.0.1")  # the server is in a workgroup

    assert ask(shared_windows, 1)[:2] == ["UnavailableError", "no-time-source"]


def test_group_policy_stands_before_the_service_s_own_settings(shared_windows: WineHost) -> None:
    seed(shared_windows, kind="NoSync")
    seed(shared_windows, kind="NTP", peers="127.0.0.1", key=POLICY)
    with TimeServer(60) as server:
        [offset], _source = ask(shared_windows, server.port)

    assert float(offset["offset"].removesuffix("s")) == pytest.approx(-60, abs=1)


def test_in_a_domain_a_domain_controller_is_asked(shared_windows: WineHost) -> None:
    seed(shared_windows, kind="NT5DS", peers="time.windows.com,0x8")
    with TimeServer(5) as server:
        [offset], _source = ask(shared_windows, server.port, _IN_DOMAIN)

    assert offset["reference"] == "dc:localhost"
    assert float(offset["offset"].removesuffix("s")) == pytest.approx(-5, abs=1)


def test_no_domain_controller_leaves_the_offset_unknown(shared_windows: WineHost) -> None:
    seed(shared_windows, kind="NT5DS")
    joined_only = _IN_DOMAIN.replace("win32security.DsGetDcName", "nobody")

    _kind, reason, detail = ask(shared_windows, 1, joined_only)

    assert reason == "no-time-source-answered"
    assert "no-domain-controller" in detail


def test_a_time_service_that_does_not_run_does_not_synchronise(shared_windows: WineHost) -> None:
    seed(shared_windows, kind="NTP", peers="127.0.0.1")
    with TimeServer(0) as server:
        [before], _source = ask(shared_windows, server.port)
        shared_windows.code(_CREATE)
        [after], _source = ask(shared_windows, server.port)

    assert before["synchronised"] == "TRISTATE_UNKNOWN"
    assert after["synchronised"] == "TRISTATE_NO"
