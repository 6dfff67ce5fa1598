"""Starting a process with another's token: kernel32 and advapi32, for what pywin32 can't say.

The list of handles a process inherits is given by name, so that children
started at the same moment in two threads do not get each other's pipes.
Sources: Microsoft's pages on CreateProcessAsUserW, CreateProcessWithTokenW,
STARTUPINFOEXW and UpdateProcThreadAttribute.
"""

import contextlib
import ctypes
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from ctypes import wintypes
from dataclasses import dataclass
from typing import Final

import pywintypes
import win32con
import winerror

from farmsight_agent.hosts.windows.api import system_dll
from farmsight_agent.hosts.windows.api.handles import Handle
from farmsight_agent.hosts.windows.api.process_creation_layout import (
    PROCESS_INFORMATION,
    STARTUPINFOEXW,
    STARTUPINFOW,
)

assert sys.platform == "win32"  # what it stands on is there only

_kernel32: Final = system_dll.load("kernel32")
_advapi32: Final = system_dll.load("advapi32")
_HANDLE_LIST: Final = 0x00020002  # PROC_THREAD_ATTRIBUTE_HANDLE_LIST
_EXTENDED: Final = 0x00080000  # EXTENDED_STARTUPINFO_PRESENT
_FLAGS: Final = win32con.CREATE_SUSPENDED | win32con.CREATE_NO_WINDOW | win32con.CREATE_UNICODE_ENVIRONMENT


@dataclass(frozen=True, kw_only=True)
class Started:
    """A process that has not run yet, and its one thread, to resume."""

    process: Handle
    thread: Handle
    pid: int


def start_suspended(
    token: Handle, argv: Sequence[str], environment: Mapping[str, str], streams: Sequence[Handle], folder: str
) -> Started:
    """Start a program that waits to be resumed; `token` is None for the agent's own account.

    `streams` are its standard input, output and error, inheritable. Who may
    not give a process another's token (only services may) has the secondary
    logon service do it. Raises pywintypes.error of whichever was tried last.
    """
    line = ctypes.create_unicode_buffer(subprocess.list2cmdline(argv))
    block = ctypes.create_unicode_buffer(environment_block(environment))
    tail = (argv[0], line, None, None, True, _FLAGS | _EXTENDED, block, folder)
    with _startup(streams) as startup:
        made = PROCESS_INFORMATION()
        into = (ctypes.byref(startup), ctypes.byref(made))
        if token is None:
            _checked(_kernel32.CreateProcessW, *tail, *into)
            return _started(made)
        handle = wintypes.HANDLE(int(token))
        startup.StartupInfo.lpDesktop = ""  # the account's own: it may not use the agent's
        try:
            _checked(_advapi32.CreateProcessAsUserW, handle, *tail, *into)
        except pywintypes.error as error:
            if error.winerror != winerror.ERROR_PRIVILEGE_NOT_HELD:
                raise
            startup.StartupInfo.cb = ctypes.sizeof(STARTUPINFOW)  # the service takes no list, and only the streams
            short = (handle, 0, argv[0], line, _FLAGS, block, folder)
            _checked(_advapi32.CreateProcessWithTokenW, *short, ctypes.byref(startup.StartupInfo), into[1])
        return _started(made)


def environment_block(environment: Mapping[str, str]) -> str:
    """Return an environment as CreateProcess takes it: sorted without regard to case, each entry ended by a zero."""
    pairs = sorted(environment.items(), key=lambda pair: pair[0].upper())
    return "".join(f"{name}={value}\0" for name, value in pairs) + "\0"


def _started(made: PROCESS_INFORMATION) -> Started:
    own: Handle = pywintypes.HANDLE  # takes a number, of which its stub knows nothing
    return Started(process=own(made.hProcess), thread=own(made.hThread), pid=int(made.dwProcessId))


@contextlib.contextmanager
def _startup(streams: Sequence[Handle]) -> Iterator[STARTUPINFOEXW]:
    """Yield what a process with these streams, and no other handle of ours, is started with."""
    startup = STARTUPINFOEXW()
    info = startup.StartupInfo
    info.cb = ctypes.sizeof(STARTUPINFOEXW)
    info.dwFlags = win32con.STARTF_USESTDHANDLES
    info.hStdInput, info.hStdOutput, info.hStdError = (int(one) for one in streams)
    handles = (wintypes.HANDLE * len(streams))(*(int(one) for one in streams))
    size = ctypes.c_size_t()
    _kernel32.InitializeProcThreadAttributeList(None, 1, 0, ctypes.byref(size))  # tells the size, and fails
    room = ctypes.create_string_buffer(size.value)
    _checked(_kernel32.InitializeProcThreadAttributeList, room, 1, 0, ctypes.byref(size))
    try:
        attribute = (ctypes.c_size_t(_HANDLE_LIST), handles, ctypes.c_size_t(ctypes.sizeof(handles)))
        _checked(_kernel32.UpdateProcThreadAttribute, room, 0, *attribute, None, None)
        startup.lpAttributeList = ctypes.addressof(room)
        yield startup
    finally:
        _kernel32.DeleteProcThreadAttributeList(room)


def _checked(function: Callable[..., int], *arguments: object) -> None:
    """Call a function that returns whether it succeeded; raises pywintypes.error."""
    if not function(*arguments):
        number = ctypes.get_last_error()
        raise pywintypes.error(number, getattr(function, "__name__", ""), ctypes.FormatError(number))
