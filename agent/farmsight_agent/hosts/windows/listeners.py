"""Listening TCP sockets with the process, the services and the account that hold each.

Sockets: GetExtendedTcpTable of both versions of IP, through psutil. Names: the
tool help library. Services: the service manager. Account: the process's token.
"""

import sys
from typing import Any, Final

import psutil
import pywintypes
import win32api
import win32con
import win32security
import win32service

from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.windows.accounts_and_services import account_names
from farmsight_agent.hosts.windows.api import toolhelp
from farmsight_agent.hosts.windows.http.listener_rows import Socket, listeners
from farmsight_agent.outcome import DeniedError, FailedError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

_QUERY_LIMITED: Final = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION


def listening() -> Seen[facts_pb2.Listener]:
    """Return the listening sockets; one whose holder may not be seen is there without it.

    Raises DeniedError, FailedError where the sockets themselves can't be listed.
    """
    sockets = _sockets()
    accounts = account_names.AccountNames()
    found = listeners(sockets, names=_names(), services=_services(), account_of=lambda pid: _account(pid, accounts))
    return Seen(values=found, source="api")


def _sockets() -> list[Socket]:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied as error:
        raise DeniedError("sockets-not-visible", str(error), source="api") from error
    except (psutil.Error, OSError, RuntimeError) as error:
        raise FailedError("sockets-not-readable", str(error), source="api") from error
    return [
        Socket(address=one.laddr.ip, port=one.laddr.port, process_id=one.pid or 0)
        for one in connections
        if one.status == psutil.CONN_LISTEN and one.laddr
    ]


def _names() -> dict[int, str]:
    try:
        return toolhelp.process_names()
    except FailedError:
        return {}


def _services() -> dict[int, list[str]]:
    """Return the names of the services that run in each process."""
    try:
        manager = win32service.OpenSCManager(None, None, win32service.SC_MANAGER_ENUMERATE_SERVICE)
        # Its level of detail is the default; the stub says that it must be given, where it can't be.
        enumerate_all: Any = win32service.EnumServicesStatusEx
        listed = enumerate_all(manager, win32service.SERVICE_WIN32, win32service.SERVICE_ACTIVE)
    except pywintypes.error:
        return {}
    found: dict[int, list[str]] = {}
    for one in listed:
        found.setdefault(int(one["ProcessId"]), []).append(str(one["ServiceName"]))
    return found


def _account(pid: int, names: account_names.AccountNames) -> str:
    """Return the name of the account of a process, its SID where it has none, "" where it may not be seen."""
    try:
        process = win32api.OpenProcess(_QUERY_LIMITED, False, pid)
        token = win32security.OpenProcessToken(process, win32con.TOKEN_QUERY)
        user, _attributes = win32security.GetTokenInformation(token, win32security.TokenUser)
        sid = str(win32security.ConvertSidToStringSid(user))
    except pywintypes.error:
        return ""
    return names(sid) or sid
