"""The services that bear on sign-in, from a real (Wine's) service manager."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.windows.bed.wine_host import WineHost
from tests.windows.told import told

_INSTALL: Final = """
import sys, win32service as w
manager = w.OpenSCManager(None, None, w.SC_MANAGER_ALL_ACCESS)
name, display, start, account = sys.argv[1:]
w.CreateService(manager, name, display, w.SERVICE_ALL_ACCESS, w.SERVICE_WIN32_OWN_PROCESS, int(start),
  w.SERVICE_ERROR_NORMAL, "C:\\\\nothing.exe", None, False, None, account, None)
"""
_REMOVE: Final = """
import sys, win32service as w
manager = w.OpenSCManager(None, None, w.SC_MANAGER_ALL_ACCESS)
for name in sys.argv[1:]:
    try: w.DeleteService(w.OpenService(manager, name, w.SERVICE_ALL_ACCESS))
    except w.error: pass
"""
_DENIED: Final = """
import win32service, pywintypes
really = win32service.OpenService
def refuse(manager, name, access):
    if name.lower() == "schedule": raise pywintypes.error(5, "OpenService", "denied")
    return really(manager, name, access)
win32service.OpenService = refuse
from google.protobuf.json_format import MessageToDict
from farmsight_agent.hosts.windows import services
for one in services.services().values:
    if one.name.lower() == "schedule": print(sorted(MessageToDict(one).items()))
"""
AUTOMATIC, MANUAL, DISABLED = "2", "3", "4"


@pytest.fixture
def host(shared_windows: WineHost) -> Iterator[WineHost]:
    yield shared_windows
    shared_windows.code(_REMOVE, "adfssrv", "appproxysvc", "MSSQL$FARM", "Unrelated")


def services(host: WineHost) -> dict[str, Any]:
    return {one["name"]: one for one in told(host, "services:services")["values"]}


def install(host: WineHost, name: str, display: str = "", start: str = MANUAL, account: str = "LocalSystem") -> None:
    host.code(_INSTALL, name, display or name, start, account)


def test_an_installed_service_is_told_as_it_is_set_up(host: WineHost) -> None:
    assert "adfssrv" not in services(host)
    install(host, "adfssrv", "Active Directory Federation Services", AUTOMATIC, r"NT AUTHORITY\NetworkService")

    found = services(host)["adfssrv"]

    assert found["display_name"] == "Active Directory Federation Services"
    assert (found["state"], found["start"]) == ("SERVICE_STATE_STOPPED", "SERVICE_START_AUTOMATIC")
    assert (found["account_name"], found["account_sid"]) == (r"NT AUTHORITY\NetworkService", "S-1-5-20")
    assert "process_id" not in found


@pytest.mark.parametrize(("start", "told_as"), [(AUTOMATIC, "AUTOMATIC"), (MANUAL, "MANUAL"), (DISABLED, "DISABLED")])
def test_start_types_are_told_apart(host: WineHost, start: str, told_as: str) -> None:
    install(host, "appproxysvc", start=start)

    assert services(host)["appproxysvc"]["start"] == f"SERVICE_START_{told_as}"


@pytest.mark.parametrize(
    ("account", "sid"),
    [
        ("LocalSystem", "S-1-5-18"),
        (r"NT SERVICE\appproxysvc", "S-1-5-80-636943232-1596372972-3684846061-3750945486-4038901559"),
        (r"CONTOSO\gmsa-adfs$", ""),  # nobody here can tell
    ],
)
def test_accounts_are_told_by_number_where_there_is_one(host: WineHost, account: str, sid: str) -> None:
    install(host, "appproxysvc", account=account)

    found = services(host)["appproxysvc"]

    assert found["account_name"] == account
    assert found.get("account_sid", "") == sid


def test_a_running_service_has_its_process_and_a_stopped_one_none(host: WineHost) -> None:
    assert services(host)["Schedule"]["state"] == "SERVICE_STATE_STOPPED"
    host.run("net.exe", "start", "Schedule")
    try:
        found = services(host)["Schedule"]
    finally:
        host.run("net.exe", "stop", "Schedule", check=False)

    assert found["state"] == "SERVICE_STATE_RUNNING"
    assert found["process_id"] > 4


def test_a_database_is_looked_at_and_an_unrelated_service_is_not(host: WineHost) -> None:
    install(host, "MSSQL$FARM")
    install(host, "Unrelated")

    found = services(host)

    assert "MSSQL$FARM" in found
    assert "Unrelated" not in found


def test_the_driver_of_http_sys_is_told_without_an_account(host: WineHost) -> None:
    found = services(host)["HTTP"]

    assert "account_name" not in found
    assert found["start"] != "SERVICE_START_UNKNOWN"


def test_a_service_that_may_not_be_queried_is_there_and_unknown(host: WineHost) -> None:
    fields = host.code(_DENIED)

    assert "('state', 'SERVICE_STATE_UNKNOWN')" in fields
    assert "('start', 'SERVICE_START_UNKNOWN')" in fields


def test_accounts_are_looked_up_once_and_no_longer_than_all_may_take(host: WineHost) -> None:
    code = (
        "import time, win32security\n"
        "asked = []\n"
        "def lookup(system, name): asked.append(name); time.sleep(0.3); raise win32security.error(1332, 'x', 'y')\n"
        "win32security.LookupAccountName = lookup\n"
        "from farmsight_agent.hosts.windows.accounts_and_services.account_sids import AccountSids\n"
        "sids = AccountSids(0.5)\n"
        "names = 'C\\\\one', 'C\\\\one', 'C\\\\two', 'C\\\\three', 'LocalSystem'\n"
        "found = [sids(name, 'adfssrv') for name in names]\n"
        "print(found, asked)"
    )

    assert host.code(code).strip() == "['', '', '', '', 'S-1-5-18'] ['C\\\\one', 'C\\\\two']"
