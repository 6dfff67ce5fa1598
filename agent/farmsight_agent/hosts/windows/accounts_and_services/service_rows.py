"""Which services bear on sign-in, and what the service manager's numbers mean.

Source: SERVICE_STATUS_PROCESS and QUERY_SERVICE_CONFIGW, learn.microsoft.com/windows/win32/api/winsvc.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from farmsight_wire.v1 import facts_pb2

# Those of the collection script, and the driver and the Kerberos proxy that only the service manager lists.
OF_INTEREST: Final = (
    "adfssrv", "appproxysvc", "appproxyctrl", "drs", "CryptSvc", "KeyIso", "W32Time", "Netlogon", "Dnscache",
    "gpsvc", "WinHttpAutoProxySvc", "Schedule", "W3SVC", "MSSQLSERVER", "MSSQL$MICROSOFT##WID", "RaMgmtSvc",
    "CertPropSvc", "HTTP", "KPSSVC",
)  # fmt: skip
_DATABASES: Final = "mssql$"
SIGN_IN_PORTS: Final = frozenset({80, 443, 49443})  # whoever listens there stands in the way, or is meant to
MAX_SERVICES: Final = 100

DRIVERS: Final = 0x0000000B  # SERVICE_KERNEL_DRIVER, SERVICE_FILE_SYSTEM_DRIVER, SERVICE_RECOGNIZER_DRIVER
_STATES: Final = {
    1: facts_pb2.SERVICE_STATE_STOPPED,
    2: facts_pb2.SERVICE_STATE_PENDING,
    3: facts_pb2.SERVICE_STATE_PENDING,
    4: facts_pb2.SERVICE_STATE_RUNNING,
    5: facts_pb2.SERVICE_STATE_PENDING,
    6: facts_pb2.SERVICE_STATE_PENDING,
    7: facts_pb2.SERVICE_STATE_PAUSED,
}
_STARTS: Final = {
    0: facts_pb2.SERVICE_START_AUTOMATIC,  # by the boot loader: drivers only
    1: facts_pb2.SERVICE_START_AUTOMATIC,  # while the kernel starts: drivers only
    2: facts_pb2.SERVICE_START_AUTOMATIC,
    3: facts_pb2.SERVICE_START_MANUAL,
    4: facts_pb2.SERVICE_START_DISABLED,
}


def state(number: int) -> facts_pb2.ServiceState.ValueType:
    """Return the state of a dwCurrentState."""
    return _STATES.get(number, facts_pb2.SERVICE_STATE_UNKNOWN)


def start(number: int) -> facts_pb2.ServiceStart.ValueType:
    """Return the start type of a dwStartType."""
    return _STARTS.get(number, facts_pb2.SERVICE_START_UNKNOWN)


def wanted(processes: Mapping[str, int], owners: Iterable[int]) -> list[str]:
    """Return the names to look at: those of interest, databases, and services that listen where sign-in does.

    `processes` are the services that the manager lists, with the process of
    each (0: none); `owners` the processes that listen on a sign-in port. A
    name of interest is looked at even where the list lacks it: the manager
    leaves out silently what the caller may not query.
    """
    listening = {pid for pid in owners if pid > 4}  # 4 is the system itself: http.sys
    spelled = {name.lower(): name for name in processes}
    named = [spelled.get(name.lower(), name) for name in OF_INTEREST]
    others = sorted(name for name, pid in processes.items() if name.lower().startswith(_DATABASES) or pid in listening)
    return list(dict.fromkeys((*named, *others)))[:MAX_SERVICES]
