"""In the child on Windows: it says who it is, and ends with the agent."""

import msvcrt
import os
import sys
import time
from typing import Final, TextIO

import pywintypes
import win32con
import win32file
import win32pipe

from farmsight_agent.contexts.protocol import Become
from farmsight_agent.hosts.windows.api import tokens
from farmsight_agent.outcome import DeniedError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

_STREAMS: Final[list[TextIO]] = []  # held: a stream that nobody names any more closes its buffer
_LOOK_EVERY_S: Final = 0.5
_ACCESS: Final = (win32con.GENERIC_READ, win32con.GENERIC_WRITE, win32con.GENERIC_WRITE)
# Who took the pipe's name before the agent could learn who we are, and not act as us.
_AS_NOBODY: Final = win32con.SECURITY_SQOS_PRESENT | win32file.SECURITY_IDENTIFICATION


def become(account: Become | None) -> None:
    """Give up every privilege: Task Scheduler, and who may not make tokens, starts a child with those of its account.

    As the account it was started. Raises DeniedError when told to become another, DeniedError or FailedError
    when a privilege stays.
    """
    if account is not None:
        raise DeniedError("not-become", "on Windows a process can't turn into another account")
    tokens.give_up_privileges()


def proof() -> facts_pb2.ContextProof:
    """Return whom this process runs as, by its own token."""
    own = tokens.own_identity()
    return facts_pb2.ContextProof(sid=own.sid, elevated=own.elevated)


def speak_through(name: str) -> None:
    """Take the agent's pipes of this name for the standard streams. Raises pywintypes.error."""
    opened = []
    for stream, access in enumerate(_ACCESS):
        handle = win32file.CreateFile(f"{name}-{stream}", access, 0, None, win32con.OPEN_EXISTING, _AS_NOBODY, None)
        opened.append(msvcrt.open_osfhandle(int(handle.Detach()), os.O_RDONLY if stream == 0 else os.O_WRONLY))
    for stream, fd in enumerate(opened):
        if fd != stream:
            os.dup2(fd, stream)
            os.close(fd)
        msvcrt.setmode(stream, os.O_BINARY)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", errors="backslashreplace", closefd=False)
    _STREAMS.extend((sys.stdin, sys.stdout, sys.stderr))


def wait_for_the_parents_end() -> None:
    """Return when the agent's end of standard input is gone: nobody reads the answer.

    It looks now and then rather than read: a read that waits holds up every
    DLL that asks for the kind of its standard input while it is loaded.
    """
    stdin = msvcrt.get_osfhandle(0)
    while True:
        try:
            win32pipe.PeekNamedPipe(stdin, 0)
        except pywintypes.error:
            return
        time.sleep(_LOOK_EVERY_S)
