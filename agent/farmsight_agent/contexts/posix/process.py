"""A child on a POSIX system: a process of the agent's own account that turns into another by itself."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Final

import psutil

from farmsight_agent.contexts.child_process import PIECE, Ended, tail
from farmsight_agent.contexts.protocol import Become
from farmsight_agent.hosts.host import Account
from farmsight_wire.v1 import facts_pb2

assert sys.platform != "win32"  # signals, process groups and uids are there only

_WAIT_FOR_STATUS_S: Final = 1.0


class PosixChild:
    """One process that leads a session of its own."""

    def __init__(self, process: subprocess.Popen[bytes], account: Account, become: Become | None) -> None:
        """Take over the process: `close` ends it in any case. `become` is None for the agent's own account."""
        self._process = process
        self._account = account
        self.become = become
        self.token_source = facts_pb2.TOKEN_SOURCE_OWN_PROCESS if become is None else facts_pb2.TOKEN_SOURCE_SETUID
        self.stderr = b""

    def exchange(self, request: bytes, hear: Callable[[bytes], bool], left: Callable[[], float]) -> bool:
        """Write the request and pass on the answer; return whether it came to its end in time."""
        stdin, stdout, stderr = self._process.stdin, self._process.stdout, self._process.stderr
        assert stdin is not None and stdout is not None and stderr is not None  # noqa: PT018
        pending = memoryview(request)
        with selectors.DefaultSelector() as ready:
            os.set_blocking(stdin.fileno(), False)
            ready.register(stdin, selectors.EVENT_WRITE)
            ready.register(stdout, selectors.EVENT_READ)
            ready.register(stderr, selectors.EVENT_READ)
            while (seconds := left()) > 0:
                for key, _ in ready.select(seconds):
                    if key.fileobj is stdin:
                        pending = _written(key.fd, pending)
                        if not pending:
                            ready.unregister(stdin)
                    elif key.fileobj is stdout:
                        data = os.read(key.fd, PIECE)
                        if not data or not hear(data):
                            return True
                    elif data := os.read(key.fd, PIECE):
                        self.stderr = tail(self.stderr, data)
                    else:
                        ready.unregister(stderr)
        return False

    def contradiction(self, proof: facts_pb2.ContextProof) -> str:
        """Return how what is claimed, or the uids that the kernel says, differ from the account's."""
        wanted = f"uid:{self._account.uid}"
        uids = psutil.Process(self._process.pid).uids()
        actual = {uids.real, uids.effective, uids.saved}
        if proof.sid == wanted and actual == {self._account.uid} and proof.elevated == (actual == {0}):
            return ""
        return f"asked as {self._account.name} ({wanted}), answered by {proof.sid or 'nobody'}, run by uids {actual}"

    def ended(self) -> Ended:
        """Return its exit status, or the signal that ended it as a negative number."""
        status = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = self._process.wait(_WAIT_FOR_STATUS_S)
        return Ended(status=str(status), out_of_time=status == -signal.SIGXCPU)

    def close(self) -> None:
        """End the child and everything it started."""
        kill_tree(self._process)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _written(fd: int, pending: memoryview) -> memoryview:
    try:
        return pending[os.write(fd, pending[:PIECE]) :]
    except BlockingIOError:
        return pending
    except BrokenPipeError:
        return pending[:0]  # it ended; its answer, or the lack of one, says the rest


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a child that leads its own session, its process group, and its descendants of other groups."""
    descendants: list[psutil.Process] = []
    if process.returncode is None:
        with contextlib.suppress(psutil.Error):
            descendants = psutil.Process(process.pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for descendant in descendants:
        with contextlib.suppress(psutil.Error):
            descendant.kill()
    if process.returncode is None:
        process.wait()
