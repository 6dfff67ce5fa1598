"""Which services run here, in which process, and as which account each is set to run.

Sources: Microsoft's pages on OpenSCManagerW, EnumServicesStatusExW,
QueryServiceStatusEx and QueryServiceConfigW.
"""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any, Final

import pywintypes
import win32service
import winerror

from farmsight_agent.hosts.windows.api.handles import Handle
from farmsight_agent.outcome import DeniedError, FailedError, NotObservedError, UnavailableError

assert sys.platform == "win32"  # what it stands on is there only

_START_NAME: Final = 7  # in what QueryServiceConfig returns


def start_name(service: str) -> str | None:
    """Return the account that a service is set to run as, as the service has it; None when there is no such service.

    Raises DeniedError or FailedError.
    """
    try:
        with _service(service, win32service.SERVICE_QUERY_CONFIG) as handle:
            return str(win32service.QueryServiceConfig(handle)[_START_NAME] or "")
    except UnavailableError:
        return None


def process_of(service: str) -> int:
    """Return the process that a service runs in.

    Raises UnavailableError when it does not run or is not there, DeniedError or FailedError.
    """
    with _service(service, win32service.SERVICE_QUERY_STATUS) as handle:
        status: Any = win32service.QueryServiceStatusEx(handle)
        pid = int(status["ProcessId"])
    if not pid:
        raise UnavailableError("service-not-running", f"{service} does not run")
    return pid


def running() -> tuple[tuple[str, int], ...]:
    """Return name and process of every service that runs. Raises DeniedError or FailedError."""
    with _manager(win32service.SC_MANAGER_CONNECT | win32service.SC_MANAGER_ENUMERATE_SERVICE) as manager:
        try:
            # The level of detail is the default; the stub says that it must be given, where it can't be.
            enumerate_all: Any = win32service.EnumServicesStatusEx
            found = enumerate_all(manager, win32service.SERVICE_WIN32, win32service.SERVICE_ACTIVE)
        except pywintypes.error as error:
            raise _not_asked(error, "the list of services") from error
    return tuple((str(one["ServiceName"]), int(one["ProcessId"])) for one in found if one["ProcessId"])


@contextlib.contextmanager
def _manager(access: int) -> Iterator[Handle]:
    try:
        manager = win32service.OpenSCManager(None, None, access)
    except pywintypes.error as error:
        raise _not_asked(error, "the service control manager") from error
    try:
        yield manager
    finally:
        win32service.CloseServiceHandle(manager)


@contextlib.contextmanager
def _service(name: str, access: int) -> Iterator[Handle]:
    with _manager(win32service.SC_MANAGER_CONNECT) as manager:
        try:
            handle = win32service.OpenService(manager, name, access)
        except pywintypes.error as error:
            raise _not_asked(error, name) from error
        try:
            yield handle
        except pywintypes.error as error:
            raise _not_asked(error, name) from error
        finally:
            win32service.CloseServiceHandle(handle)


def _not_asked(error: pywintypes.error, what: str) -> NotObservedError:
    text = f"{what}: error {error.winerror} of {error.funcname}"
    if error.winerror == winerror.ERROR_SERVICE_DOES_NOT_EXIST:
        return UnavailableError("no-service", f"there is no service {what}")
    if error.winerror == winerror.ERROR_ACCESS_DENIED:
        return DeniedError("service-denied", text)
    return FailedError("service-failed", text)
