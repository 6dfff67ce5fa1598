"""Named pipes to a child, read and written without ever waiting for one of them.

Each has one instance, refuses other machines, lets in one account, and has a
name that nobody can guess. Sources: Microsoft's pages on CreateNamedPipeW,
ConnectNamedPipe, ReadFile, WriteFile and GetOverlappedResult.
"""

import contextlib
import secrets
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

import pywintypes
import win32api
import win32con
import win32event
import win32file
import win32pipe
import win32security
import winerror

from farmsight_agent.contexts.child_process import PIECE
from farmsight_agent.hosts.windows.api.handles import Handle
from farmsight_agent.outcome import TimedOutError, UnavailableError

assert sys.platform == "win32"  # what it stands on is there only

STREAMS: Final = (0, 1, 2)  # standard input, output, error: the last letter of a pipe's name
_TO_THE_CHILD: Final = 0
_OVER: Final = frozenset(
    {
        winerror.ERROR_BROKEN_PIPE,
        winerror.ERROR_HANDLE_EOF,
        winerror.ERROR_NO_DATA,
        winerror.ERROR_PIPE_NOT_CONNECTED,
        winerror.ERROR_OPERATION_ABORTED,
    }
)


def new_name() -> str:
    """Return the common part of a child's pipes' names."""
    return rf"\\.\pipe\farmsight-{secrets.token_hex(16)}"


def our_end(name: str, stream: int, sid: str) -> Handle:
    """Make the pipe of one stream, for the account to connect to. Raises pywintypes.error."""
    towards = win32pipe.PIPE_ACCESS_OUTBOUND if stream == _TO_THE_CHILD else win32pipe.PIPE_ACCESS_INBOUND
    return win32pipe.CreateNamedPipe(
        f"{name}-{stream}",
        towards | win32con.FILE_FLAG_OVERLAPPED | win32pipe.FILE_FLAG_FIRST_PIPE_INSTANCE,
        win32pipe.PIPE_TYPE_BYTE | win32pipe.PIPE_WAIT | win32pipe.PIPE_REJECT_REMOTE_CLIENTS,
        1,
        PIECE,
        PIECE,
        0,
        _only(sid),
    )


def their_end(name: str, stream: int) -> Handle:
    """Open the child's end of one stream, so that a child can inherit it. Raises pywintypes.error."""
    inheritable = win32security.SECURITY_ATTRIBUTES()
    inheritable.bInheritHandle = True
    access = win32con.GENERIC_READ if stream == _TO_THE_CHILD else win32con.GENERIC_WRITE
    return win32file.CreateFile(f"{name}-{stream}", access, 0, inheritable, win32con.OPEN_EXISTING, 0, None)


def _only(sid: str) -> Handle:
    attributes = win32security.SECURITY_ATTRIBUTES()
    attributes.SECURITY_DESCRIPTOR = win32security.ConvertStringSecurityDescriptorToSecurityDescriptor(
        f"D:P(A;;GRGW;;;{sid})", win32security.SDDL_REVISION_1
    )
    attributes.bInheritHandle = False
    return attributes


def _new_overlapped() -> Handle:
    overlapped = pywintypes.OVERLAPPED()
    overlapped.hEvent = win32event.CreateEvent(None, True, False, None)
    return overlapped


def wait_for_client(pipe: Handle, seconds: float) -> None:
    """Wait until somebody has connected to the pipe. Raises TimedOutError, pywintypes.error."""
    overlapped = _new_overlapped()
    if win32pipe.ConnectNamedPipe(pipe, overlapped) == winerror.ERROR_PIPE_CONNECTED:
        return
    if win32event.WaitForSingleObject(overlapped.hEvent, max(0, int(seconds * 1000))) != win32event.WAIT_OBJECT_0:
        win32file.CancelIo(pipe)
        with contextlib.suppress(pywintypes.error):
            win32file.GetOverlappedResult(pipe, overlapped, True)
        raise TimedOutError("not-connected", f"nobody connected in {seconds:g} s")
    win32file.GetOverlappedResult(pipe, overlapped, True)


def _check_over(error: pywintypes.error) -> None:
    """Raise UnavailableError unless the error says that the other end is gone, which is how a pipe ends."""
    if error.winerror not in _OVER:
        raise UnavailableError("child-pipes", f"error {error.winerror} of {error.funcname}") from error


class Transfer(ABC):
    """One pipe that is read, or written, piece by piece; at most one piece is under way."""

    def __init__(self, pipe: Handle) -> None:
        """Nothing is under way yet."""
        self._pipe = pipe
        self._overlapped = _new_overlapped()
        self._under_way = False

    @property
    def event(self) -> Handle:
        """Return what Windows signals when the piece under way is done."""
        return self._overlapped.hEvent

    @property
    def done(self) -> bool:
        """Tell whether the piece under way is done."""
        return bool(win32event.WaitForSingleObject(self.event, 0) == win32event.WAIT_OBJECT_0)

    def begin(self) -> bool:
        """Start the next piece; return whether there is one. Raises UnavailableError."""
        try:
            self._under_way = self._start()
        except pywintypes.error as error:
            _check_over(error)
            self._under_way = False
        return self._under_way

    def step(self) -> bool:
        """Take the piece that is done and start the next; return whether there is one. Raises UnavailableError."""
        self._under_way = False
        try:
            count = win32file.GetOverlappedResult(self._pipe, self._overlapped, True)
        except pywintypes.error as error:
            _check_over(error)
            return False
        return self._take(count) and self.begin()

    def cancel(self) -> None:
        """Call back the piece under way: Windows must not write into memory that is another's by then."""
        if self._under_way:
            self._under_way = False
            with contextlib.suppress(pywintypes.error):
                win32file.CancelIo(self._pipe)
            with contextlib.suppress(pywintypes.error):
                win32file.GetOverlappedResult(self._pipe, self._overlapped, True)
        win32api.CloseHandle(self._overlapped.hEvent)

    @abstractmethod
    def _start(self) -> bool:
        """Start a piece; return whether there is one."""

    @abstractmethod
    def _take(self, count: int) -> bool:
        """Take a piece of so many bytes; return whether to go on."""


class Reading(Transfer):
    """A pipe that is read; each piece goes to `hear`, which returns whether to go on."""

    def __init__(self, pipe: Handle, hear: Callable[[bytes], bool]) -> None:
        super().__init__(pipe)
        self._hear = hear
        self._buffer = win32file.AllocateReadBuffer(PIECE)

    def _start(self) -> bool:
        win32file.ReadFile(self._pipe, self._buffer, self._overlapped)
        return True

    def _take(self, count: int) -> bool:
        return self._hear(bytes(self._buffer[:count]))


class Writing(Transfer):
    """A pipe that is written until nothing is left; it stays open then."""

    def __init__(self, pipe: Handle, data: bytes) -> None:
        super().__init__(pipe)
        self._left = memoryview(data)
        self._piece = b""

    def _start(self) -> bool:
        self._piece = bytes(self._left[:PIECE])  # kept: Windows reads it until it is done
        if self._piece:
            win32file.WriteFile(self._pipe, self._piece, self._overlapped)
        return bool(self._piece)

    def _take(self, count: int) -> bool:
        self._left = self._left[count:]
        return True
