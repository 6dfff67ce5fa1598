"""Whether a role's service is here, and runs: what tells "not installed" from "does not answer"."""

import sys

import pywintypes
import win32service

from farmsight_agent.outcome import DeniedError, FailedError

assert sys.platform == "win32"  # what it stands on is there only

_NOT_THERE = 1060  # ERROR_SERVICE_DOES_NOT_EXIST
_DENIED = 5


def running(name: str) -> bool | None:
    """Return whether a service runs, None where there is none of this name.

    Raises DeniedError or FailedError where the service database does not tell.
    """
    try:
        manager = win32service.OpenSCManager(None, None, win32service.SC_MANAGER_CONNECT)
        try:
            service = win32service.OpenService(manager, name, win32service.SERVICE_QUERY_STATUS)
            try:
                state = win32service.QueryServiceStatus(service)[1]
            finally:
                win32service.CloseServiceHandle(service)
        finally:
            win32service.CloseServiceHandle(manager)
    except pywintypes.error as error:
        if error.winerror == _NOT_THERE:
            return None
        kind = DeniedError if error.winerror == _DENIED else FailedError
        raise kind("service-not-told", f"{name}: error {error.winerror}", source="scm") from error
    return bool(state == win32service.SERVICE_RUNNING)
