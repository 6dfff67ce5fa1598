"""Calls into the platform that may never come back, made in a process of their own that can be ended.

A script with an endless loop, a library that hangs or crashes: a thread could
be left behind, but would go on to use the processor and could take this
process with it. The other process has this one's account, reads a request a
line as JSON, and answers each with a line.
"""

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import IO, Any, Final

LONGEST_LINE: Final = 64 * 1024
# DETACHED_PROCESS: no console, and so no host of one among the few processes that a child may have.
_WITHOUT_CONSOLE: Final = 0x00000008


class AsideError(Exception):
    """The other process could not be started, ended, or said what is no answer."""


class Aside:
    """One such process: started with the first question, and again after it was ended. For one thread at a time."""

    def __init__(self, command: Sequence[str]) -> None:
        """Nothing runs yet."""
        self._command = tuple(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.Queue[bytes] = queue.Queue()

    def ask(self, request: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
        """Return the answer to a request; raises TimeoutError and ends the process when none comes, AsideError."""
        try:
            process = self._running()
            assert process.stdin is not None
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            self.close()
            raise TimeoutError from None
        except OSError as error:
            self.close()
            raise AsideError(f"{type(error).__name__} {error.errno or ''}".strip()) from error
        return self._understood(line)

    def _understood(self, line: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(line)
            if isinstance(answer, dict):
                return answer
        except ValueError:
            pass
        self.close()
        raise AsideError("it ended" if not line else "it said what is no answer")

    def close(self) -> None:
        """End the process, whatever it is doing."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            process.kill()
        process.wait()
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None:
            return self._process
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=_WITHOUT_CONSOLE if sys.platform == "win32" else 0,
        )
        assert process.stdout is not None
        self._process, self._lines = process, queue.Queue()
        # A pipe can't be waited for with a limit on Windows; a thread can. It ends with the process.
        threading.Thread(target=_read, args=(process.stdout, self._lines), daemon=True).start()
        return process


def _read(stream: IO[bytes], into: "queue.Queue[bytes]") -> None:
    """Pass lines on until there are none, which the empty one says.

    Whoever reads a pipe closes it: closed by another, its number may be that
    of the next process's pipe while this one still reads.
    """
    with stream:
        line = b"-"
        while line:
            try:
                line = stream.readline(LONGEST_LINE)
            except OSError:
                line = b""
            into.put(line)
