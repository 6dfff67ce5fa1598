"""Listening sockets under Wine, whose own tables of sockets, processes and services answer."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.windows.bed.wine_host import PYTHON, WineHost
from tests.windows.told import told

# Wine knows who holds a socket of IPv4 once the process itself has its handle, which asking for an option does.
_LISTENS: Final = """
import socket, sys
held = []
for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    one = socket.socket(family)
    one.bind((address, 0))
    one.listen()
    one.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    held.append(one)
connected = socket.create_connection(held[0].getsockname())
print(*(one.getsockname()[1] for one in (*held, connected)), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def listening(shared_windows: WineHost) -> Iterator[tuple[int, int, int]]:
    """Yield the ports that a process listens on, of IPv4 and IPv6, and one that it is only connected from."""
    process = shared_windows.spawn(PYTHON, "-c", _LISTENS)
    try:
        assert process.stdout is not None
        four, six, connected = map(int, process.stdout.readline().split())
        yield four, six, connected
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def listeners(host: WineHost) -> dict[tuple[str, int], Any]:
    answer = told(host, "listeners:listening")
    assert answer["source"] == "api"
    return {(one["address"], one["port"]): one for one in answer["values"]}


def test_who_listens_is_told_with_program_and_account(
    shared_windows: WineHost, listening: tuple[int, int, int]
) -> None:
    four, six, connected = listening

    found = listeners(shared_windows)

    held = found["127.0.0.1", four]
    assert held["process_name"] == "python.exe"
    assert held["process_id"] > 4
    assert held["account"]
    assert "service" not in held
    assert ("::1", six) in found  # Wine does not know who holds it
    assert connected not in {port for _address, port in found}


def test_once_it_has_ended_nobody_listens(shared_windows: WineHost) -> None:
    process = shared_windows.spawn(PYTHON, "-c", _LISTENS)
    assert process.stdin is not None
    assert process.stdout is not None
    four, six, _ = map(int, process.stdout.readline().split())
    assert ("127.0.0.1", four) in listeners(shared_windows)

    process.stdin.close()
    process.wait(30)

    assert not {("127.0.0.1", four), ("::1", six)} & set(listeners(shared_windows))


def test_services_are_told_by_their_process(shared_windows: WineHost) -> None:
    code = (
        "import json\n"
        "from farmsight_agent.hosts.windows import listeners\n"
        "print(json.dumps([listeners._services(), listeners._names()]))"
    )
    services, names = json.loads(shared_windows.code(code))

    [pid] = [pid for pid, held in services.items() if "PlugPlay" in held]
    assert names[pid] == "plugplay.exe"


def test_accounts_have_names_that_no_language_changes_or_none(shared_windows: WineHost) -> None:
    code = (
        "import json, sys\n"
        "from farmsight_agent.hosts.windows.accounts_and_services.account_names import AccountNames\n"
        "names, late = AccountNames(), AccountNames(limit_s=0)\n"
        "print(json.dumps([[late(sid), names(sid), AccountNames(limit_s=0)(sid)] for sid in sys.argv[1:]]))"
    )
    me = shared_windows.code(
        "import os, win32api, win32con, win32security as w\n"
        "token = w.OpenProcessToken(win32api.GetCurrentProcess(), win32con.TOKEN_QUERY)\n"
        "print(w.ConvertSidToStringSid(w.GetTokenInformation(token, w.TokenUser)[0]))"
    ).strip()

    told = json.loads(shared_windows.code(code, "S-1-5-20", "S-1-5-21-1-2-3-500", "no SID", me))

    assert told[0] == ["NT AUTHORITY\\NETWORK SERVICE"] * 3
    assert told[1] == ["", "", ""]  # gone, or of a domain that does not answer
    assert told[2] == ["", "", ""]
    assert told[3][0] == ""  # no time is left to ask
    assert "\\" in told[3][1]
    assert told[3][2] == told[3][1]  # nor now, but it is known from the last time


FORGETS = """
import sys, time, win32security
from farmsight_agent.hosts.windows.accounts_and_services import account_names, account_sids
answers = iter([(lambda: ("adfs$", "CONTOSO", 1)), lambda: time.sleep(5), *[lambda: refuse(int(sys.argv[1]))] * 2])
def refuse(code): raise win32security.error(code, "x", "y")
account_names._lookup = lambda sid: next(answers)()
print([account_names.AccountNames(0.3)("S-1-5-21-1-2-3-1105") for _ in range(3)])
sid = win32security.ConvertStringSidToSid("S-1-5-21-1-2-3-1105")
found = iter([(lambda: (sid, "CONTOSO", 1)), lambda: time.sleep(5), lambda: refuse(int(sys.argv[1]))])
win32security.LookupAccountName = lambda system, name: next(found)()
print([account_sids.AccountSids(0.3)(r"CONTOSO\adfs$", "adfssrv") for _ in range(3)])
"""


@pytest.mark.parametrize(("code", "then"), [(1789, True), (1332, False)], ids=["no-controller-answers", "gone"])
def test_a_controller_that_does_not_answer_changes_no_account(
    shared_windows: WineHost, code: int, *, then: bool
) -> None:
    """Else reservations, listeners and contexts would change with the network's mood."""
    names, sids = shared_windows.code(FORGETS, str(code)).splitlines()

    name, sid = r"CONTOSO\adfs$", "S-1-5-21-1-2-3-1105"
    assert names == str([name, name, name if then else ""])
    assert sids == str([sid, sid, sid if then else ""])
