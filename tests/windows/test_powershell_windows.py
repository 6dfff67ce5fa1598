"""PowerShell as Windows starts it, against a program that answers in its place what the test wrote.

The stand-in proves how the agent starts, bounds, reads and ends it. What a
real PowerShell prints is in tests/windows/test_powershell_scripts.py as far
as a grammar tells, and else only on a real server.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from farmsight_agent.hosts.windows.cmdlets import ADFS, WAP
from tests.agent.hosts.windows.test_cmdlets import GERMAN, NODE, PROXY, printed
from tests.fakes.certificates import SHA1
from tests.windows.bed import prefix
from tests.windows.bed.wine_host import WineHost

POWERSHELL: Final = r"C:\windows\system32\WindowsPowerShell\v1.0\powershell.exe"
_CODE: Final = """
import json, sys, time
from google.protobuf.json_format import MessageToDict
from farmsight_agent.hosts.windows import cmdlets
from farmsight_agent.hosts.windows.programs import powershell
from farmsight_agent.outcome import NotObservedError
role, limit, most, *parts = sys.argv[1:]
held = cmdlets.Cmdlets(lambda text: powershell.run(text, limit_s=float(limit), most=int(most)), lambda name: True)
told, began = {}, time.monotonic()
for part in parts:
    try:
        seen = getattr(held, role)(part, lambda data: b"1" * 32)
        told[part] = {"values": [MessageToDict(one, preserving_proto_field_name=True) for one in seen.values],
                      "source": seen.source}
    except NotObservedError as error:
        told[part] = {"error": type(error).__name__, "reason": error.reason, "detail": error.detail}
print(json.dumps([told, time.monotonic() - began]))
"""


@pytest.fixture(scope="module")
def host(wine) -> Iterator[WineHost]:
    """One server for all of these: its stand-in is told anew by each test."""
    host = WineHost(prefix.clone())
    host.stand_in(POWERSHELL, "")
    try:
        with host:
            yield host
    finally:
        host.remove()


def timed(host: WineHost, role: str, *parts: str, limit_s: float = 60) -> tuple[Any, float]:
    """Return what each part came to by the real runner, and the seconds that it took."""
    told, seconds = json.loads(host.code(_CODE, role, str(limit_s), str(16 << 20), *parts, timeout=120))
    return told, seconds


def ask(host: WineHost, role: str, *parts: str) -> Any:
    return timed(host, role, *(parts or (ADFS if role == "adfs" else WAP).parts))[0]


def answer(host: WineHost, stdout: bytes, stderr: bytes = b"", *, code: int = 0, delay_ms: int = 0) -> None:
    rules = f"{code} | {delay_ms} | out | err | -Command"
    host.stand_in(POWERSHELL, rules, {"out": stdout, "err": stderr})


def shells(host: WineHost) -> list[str]:
    return [name for name in host.processes().values() if "powershell" in name.lower()]


def test_every_part_comes_from_one_start_in_the_systems_own_folder(host: WineHost) -> None:
    answer(host, printed(NODE))
    before = len(host.calls())
    told = ask(host, "adfs")

    assert told["properties"]["values"][0]["tls_client_port"] == 49443
    assert {told[part]["source"] for part in ADFS.parts} == {"powershell"}
    signing = next(one for one in told["certificates"]["values"] if one["type"] == "Token-Signing")
    assert signing["certificate"]["sha1"] == SHA1
    (call,) = host.calls()[before:]
    assert call[0] == "powershell"
    assert call[1].replace('"', "").lower().startswith(POWERSHELL.lower())


def test_the_command_line_is_one_that_a_person_can_read(host: WineHost) -> None:
    answer(host, printed(PROXY))
    ask(host, "wap")
    line = host.calls()[-1][1]

    for option in ("-NoLogo", "-NoProfile", "-NonInteractive", "-OutputFormat Text", "-InputFormat None"):
        assert option in line
    assert "Get-WebApplicationProxyConfiguration" in line
    assert line.count('"') == 2  # around the script
    assert not host.path(r"C:\standins\powershell.stdin").exists()  # nothing is said to it while it runs
    assert "encoded" not in line.lower()


@pytest.mark.parametrize("adfs_url", ["https://sts.contoso.com/", "https://other.contoso.com/"])
def test_another_answer_is_another_fact(host: WineHost, adfs_url: str) -> None:
    answer(host, printed(PROXY | {"Get-WebApplicationProxyConfiguration": {"ADFSUrl": adfs_url}}))

    assert ask(host, "wap")["configuration"]["values"][0]["adfs_url"] == adfs_url


def test_a_secondarys_refusals_in_german_are_not_applicable(host: WineHost) -> None:
    secondary = {"Get-AdfsSyncProperties": {"Role": "SecondaryComputer", "PrimaryComputerName": "STS01"}}
    answer(host, printed(secondary, {name: GERMAN for name in NODE if "Sync" not in name}))
    told = ask(host, "adfs")

    assert told["sync"]["values"][0]["role"] == "SYNC_ROLE_SECONDARY"
    others = [told[part] for part in ADFS.parts if part != "sync"]
    assert {(one["error"], one["reason"]) for one in others} == {("NotApplicableError", "not-primary")}
    assert "sekundären Server" in told["nodes"]["detail"]


def test_a_shell_that_does_not_end_is_ended_and_nothing_is_left_running(host: WineHost) -> None:
    answer(host, printed(NODE), delay_ms=90_000)
    told, seconds = timed(host, "adfs", "sync", "endpoints", limit_s=2)

    assert {(one["error"], one["reason"]) for one in told.values()} == {("TimedOutError", "timed-out")}
    assert 2 <= seconds < 20
    assert shells(host) == []


def test_a_shell_that_runs_would_be_seen(host: WineHost) -> None:
    answer(host, b"", delay_ms=4_000)
    with host.spawn(POWERSHELL, "-Command", "x") as running:
        host.wait_for("the stand-in", lambda: shells(host))
        running.communicate()

    assert shells(host) == []


def test_output_beyond_the_bound_ends_it(host: WineHost) -> None:
    answer(host, printed(NODE, complete=False) + b"x" * (20 << 20))
    told = ask(host, "adfs", "sync")

    assert told["sync"]["values"]  # what came before stands
    answer(host, b"x" * (20 << 20))
    told = ask(host, "adfs", "sync")
    assert (told["sync"]["error"], told["sync"]["reason"]) == ("FailedError", "too-much-output")
    assert shells(host) == []


def test_noise_on_standard_error_changes_nothing_when_the_answer_is_whole(host: WineHost) -> None:
    answer(host, b"\xef\xbb\xbf" + printed(NODE), b"#< CLIXML\r\n" + b"noise " * 100_000)

    assert ask(host, "adfs", "sync")["sync"]["values"]


def test_an_exit_code_and_what_was_said_are_told(host: WineHost) -> None:
    answer(host, b"", b"powershell.exe : Zugriff verweigert", code=1)
    told = ask(host, "adfs", "sync")["sync"]

    assert (told["error"], told["reason"]) == ("FailedError", "powershell-failed")
    assert "ended with 1. powershell.exe : Zugriff verweigert" in told["detail"]


@pytest.mark.parametrize(
    ("stdout", "reason"),
    [
        (printed(NODE)[:200], "truncated"),
        (printed(NODE).replace(b'"Role"', b'"R\xf6le"'), "not-understood"),
        (b"", "truncated"),
    ],
)
def test_what_is_cut_off_or_spoiled_is_unknown(host: WineHost, stdout: bytes, reason: str) -> None:
    answer(host, stdout)
    part = "sync" if reason == "not-understood" else "endpoints"

    assert ask(host, "adfs", part)[part]["reason"] == reason


def test_lines_in_any_order_say_the_same(host: WineHost) -> None:
    answer(host, b"\n".join(reversed(printed(NODE).splitlines())) + b"\n")

    assert ask(host, "adfs", "properties")["properties"]["values"][0]["host_name"] == "sts.contoso.com"


def test_where_there_is_no_powershell_it_says_so(new_windows) -> None:
    host = new_windows()
    host.path(POWERSHELL).unlink()
    host.override("powershell.exe")
    with host:
        told = ask(host, "adfs", "sync")["sync"]

    assert told["reason"] in {"powershell-missing", "powershell-failed"}


_SERVICE: Final = """
import json, sys, win32service as w
from farmsight_agent.hosts.windows.programs import cmdlets_service
manager = w.OpenSCManager(None, None, w.SC_MANAGER_ALL_ACCESS)
before = cmdlets_service.running("adfssrv")
made = w.CreateService(manager, "adfssrv", "AD FS", w.SERVICE_ALL_ACCESS, w.SERVICE_WIN32_OWN_PROCESS,
                       w.SERVICE_DEMAND_START, w.SERVICE_ERROR_NORMAL, r"C:\\none.exe", None, 0, None, None, None)
stopped = cmdlets_service.running("adfssrv")
w.DeleteService(made)
print(json.dumps([before, stopped, cmdlets_service.running("RpcSs")]))
"""


def test_a_service_runs_is_stopped_or_is_not_there(host: WineHost) -> None:
    host.code("import subprocess; subprocess.run(['net.exe', 'start', 'RpcSs'])")

    assert json.loads(host.code(_SERVICE)) == [None, False, True]
