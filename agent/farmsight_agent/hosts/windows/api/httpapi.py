"""httpapi.dll: the configuration of http.sys, asked for and never changed.

Source: win32 Http documentation, HttpInitialize, HttpQueryServiceConfiguration.
HttpInitialize starts the HTTP service where it is stopped and not disabled.
An agent that mends what it is to report would hide it, so the service manager
is asked first.
"""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pywintypes
import win32service
import winerror

from farmsight_agent.hosts.windows.api import httpapi_layout as layout
from farmsight_agent.hosts.windows.api import system_dll
from farmsight_agent.hosts.windows.http.httpapi_query import Ask, Reply, trouble
from farmsight_agent.outcome import UnavailableError

assert sys.platform == "win32"  # what it stands on is there only

_SERVICE: Final = "HTTP"


@contextmanager
def configuration() -> Iterator[Ask]:
    """Yield the way to ask http.sys; raises UnavailableError, DeniedError, FailedError where it can't be asked."""
    require_running()
    library = _library()
    status = library.HttpInitialize(layout.HTTPAPI_VERSION(1, 0), layout.INITIALIZE_CONFIG, None)
    if status:
        raise trouble(status, "HttpInitialize")
    try:
        yield _Asking(library)
    finally:
        library.HttpTerminate(layout.INITIALIZE_CONFIG, None)


def require_running() -> None:
    """Raise UnavailableError where the HTTP service does not run: whoever asks it, `netsh http` too, would start it."""
    if not _runs():
        raise UnavailableError("service-stopped", "the service HTTP does not run, and asking it would start it")


def _runs() -> bool:
    """Tell whether the HTTP service runs; where the service manager does not say, it is taken to."""
    try:
        manager = win32service.OpenSCManager(None, None, win32service.SC_MANAGER_CONNECT)
        service = win32service.OpenService(manager, _SERVICE, win32service.SERVICE_QUERY_STATUS)
        status: Any = win32service.QueryServiceStatusEx(service)
    except pywintypes.error as error:
        return bool(error.winerror != winerror.ERROR_SERVICE_DOES_NOT_EXIST)
    return bool(status["CurrentState"] == win32service.SERVICE_RUNNING)


class _Asking:
    def __init__(self, library: ctypes.WinDLL) -> None:
        self._query = library.HttpQueryServiceConfiguration

    def __call__(self, kind: int, question: bytes, size: int) -> Reply:
        buffer = ctypes.create_string_buffer(size)
        needed = ctypes.c_uint32(0)
        status = self._query(
            None, kind, question or None, len(question), buffer, size, ctypes.byref(needed), None
        )  # fmt: skip
        # All of the buffer: where the size that the call reports is too small, its pointers still lead into it.
        data = buffer.raw if status == 0 else b""
        return Reply(status=status, needed=needed.value, data=data, base=ctypes.addressof(buffer))


def _library() -> ctypes.WinDLL:
    try:
        library = system_dll.load("httpapi.dll")
        query, initialize, terminate = (
            library.HttpQueryServiceConfiguration,
            library.HttpInitialize,
            library.HttpTerminate,
        )
    except (OSError, AttributeError) as error:
        raise UnavailableError("library-missing", f"httpapi.dll: {error}") from error
    number, pointer = ctypes.c_uint32, ctypes.c_void_p
    query.restype = initialize.restype = terminate.restype = number
    query.argtypes = [pointer, ctypes.c_int32, ctypes.c_char_p, number, pointer, number,
                      ctypes.POINTER(number), pointer]  # fmt: skip
    initialize.argtypes = [layout.HTTPAPI_VERSION, number, pointer]
    terminate.argtypes = [number, pointer]
    return library
