"""Starts the lab's processes so that none of them outlives the lab."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

PR_SET_PDEATHSIG: Final = 1
GRACE_S: Final = 6.0
_LIBC: Final = ctypes.CDLL(None) if os.name == "posix" else None


_ENDING: Final = {signal.SIGINT, signal.SIGTERM}
_started: "list[Child]" = []


class ProcessError(Exception):
    """A process of the lab ended, or did not get ready; the text has its last words."""


class Child:
    """One process, its output in a log file.

    It has a session of its own, so that Ctrl-C reaches the lab alone and the
    lab ends things in order; when the lab is killed, the kernel ends it.
    """

    def __init__(self, name: str, command: Sequence[str], log: Path, cwd: Path | None = None) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        # A Ctrl-C between the start of the process and the note of it would leave the process behind.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        try:
            with log.open("ab") as output:
                # Must be started in the main thread: the kernel's promise ends with the thread that started it.
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    cwd=cwd,
                    preexec_fn=partial(_prepared, os.getpid()),  # noqa: PLW1509 - no threads hold locks that it needs
                )
            _started.append(self)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Tell whether it has not ended."""
        return self._process.poll() is None

    @property
    def code(self) -> int | None:
        """Return its exit code, None while it runs."""
        return self._process.poll()

    def check(self) -> None:
        """Raise ProcessError when it has ended."""
        if not self.running:
            raise ProcessError(f"{self.name} ended with code {self.code}: {self.last_words()}")

    def last_words(self) -> str:
        """Return the end of its log."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return "(no log)"
        return " | ".join(text.strip().splitlines()[-6:]) or "(it said nothing)"

    def says(self, word: str) -> bool:
        """Tell whether its log has this word."""
        return word in self.log.read_text(encoding="utf-8", errors="replace")

    def wait(self, timeout_s: float) -> int:
        """Wait for its end and return the exit code; raises ProcessError when it takes too long."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise ProcessError(f"{self.name} did not end in {timeout_s:g} s: {self.last_words()}") from None

    def end(self) -> None:
        """Ask it to end."""
        if self.running:
            self._process.terminate()

    def kill(self) -> None:
        """End it at once, as kill -9 does, with whatever it started."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            self._process.kill()
        self._process.wait()

    def finish(self, deadline: float) -> None:
        """Wait for its end until the deadline (monotonic), then make it end."""
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.kill()


def end_all(children: Iterable[Child], grace_s: float = GRACE_S) -> None:
    """End processes together; who does not listen is killed."""
    ending = list(children)
    for child in ending:
        child.end()
    deadline = time.monotonic() + grace_s
    for child in ending:
        child.finish(deadline)


def started(logs: Path) -> list[Child]:
    """Return the processes that run and have their logs in this folder, newest first."""
    return [child for child in reversed(_started) if child.log.parent == logs and child.running]


def _prepared(lab: int) -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    if _LIBC is not None and hasattr(_LIBC, "prctl"):
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != lab:  # it was killed before it was the kernel's business
        os.kill(os.getpid(), signal.SIGKILL)
