"""The services that bear on sign-in, from the service manager."""

import sys
from typing import Any, Final

import psutil
import pywintypes
import win32service
import winerror

from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.windows.accounts_and_services import account_sids, service_rows
from farmsight_agent.outcome import DeniedError, FailedError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

_SOURCE: Final = "service-manager"


def services() -> Seen[facts_pb2.Service]:
    """Return the services of interest that are installed.

    One that may not be queried is there with its fields unknown. Raises
    DeniedError, FailedError where the manager itself can't be asked.
    """
    try:
        manager = win32service.OpenSCManager(
            None, None, win32service.SC_MANAGER_CONNECT | win32service.SC_MANAGER_ENUMERATE_SERVICE
        )
        # Its level of detail is the default; the stub says that it must be given, where it can't be.
        enumerate_all: Any = win32service.EnumServicesStatusEx
        listed = enumerate_all(manager, win32service.SERVICE_WIN32, win32service.SERVICE_STATE_ALL)
    except pywintypes.error as error:
        if error.winerror == winerror.ERROR_ACCESS_DENIED:
            raise DeniedError("service-manager-denied", source=_SOURCE) from error
        raise FailedError("service-manager-failed", f"error {error.winerror}", source=_SOURCE) from error
    processes = {str(row["ServiceName"]): int(row["ProcessId"]) for row in listed}
    sids = account_sids.AccountSids()
    looked = (_service(manager, name, sids) for name in service_rows.wanted(processes, _listening()))
    return Seen(values=tuple(one for one in looked if one is not None), source=_SOURCE)


def _listening() -> set[int]:
    """Return the processes that listen on a sign-in port; what can't be seen adds no service."""
    try:
        found = psutil.net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return set()
    return {
        one.pid
        for one in found
        if one.status == psutil.CONN_LISTEN and one.pid and one.laddr and one.laddr.port in service_rows.SIGN_IN_PORTS
    }


def _service(manager: Any, name: str, sids: account_sids.AccountSids) -> facts_pb2.Service | None:  # noqa: ANN401 - a handle
    """Return one service, None where none of that name is installed."""
    found = facts_pb2.Service(name=name, state=facts_pb2.SERVICE_STATE_UNKNOWN, start=facts_pb2.SERVICE_START_UNKNOWN)
    try:
        _take_status(found, _open(manager, name, win32service.SERVICE_QUERY_STATUS))
        _take_configuration(found, _open(manager, name, win32service.SERVICE_QUERY_CONFIG), sids)
    except pywintypes.error as error:
        # Gone, or on its way out: not installed. Anything else leaves unknown what was not read yet.
        if error.winerror in {winerror.ERROR_SERVICE_DOES_NOT_EXIST, winerror.ERROR_SERVICE_MARKED_FOR_DELETE}:
            return None
    return found


def _open(manager: Any, name: str, access: int) -> Any:  # noqa: ANN401 - a handle, closed when it is let go
    return win32service.OpenService(manager, name, access)


def _take_status(found: facts_pb2.Service, service: Any) -> None:  # noqa: ANN401 - a handle
    status: Any = win32service.QueryServiceStatusEx(service)
    found.state = service_rows.state(status["CurrentState"])
    found.process_id = status["ProcessId"]


def _take_configuration(
    found: facts_pb2.Service,
    service: Any,  # noqa: ANN401 - a handle
    sids: account_sids.AccountSids,
) -> None:
    kind, start, *_between, account, display = win32service.QueryServiceConfig(service)
    found.start = service_rows.start(start)
    found.display_name = display or ""
    if kind & service_rows.DRIVERS:
        return  # a driver runs as nobody: its "account" is the name of an object
    found.account_name = account or ""
    found.account_sid = sids(found.account_name, found.name)
    delayed = _delayed(service)
    if delayed is not None:
        found.delayed_start = delayed


def _delayed(service: Any) -> bool | None:  # noqa: ANN401 - a handle
    try:
        told = win32service.QueryServiceConfig2(service, win32service.SERVICE_CONFIG_DELAYED_AUTO_START_INFO)
    except pywintypes.error:
        return None
    return bool(told)
