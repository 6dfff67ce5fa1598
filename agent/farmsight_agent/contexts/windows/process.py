"""A child on Windows: a process under a job's limits, whose own token says whom it runs as."""

import contextlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pywintypes
import win32api
import win32event
import win32process

from farmsight_agent.contexts.child_process import SOMEBODY_ELSE, Ended, tail
from farmsight_agent.contexts.windows import pipes
from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows.api import jobs, tokens
from farmsight_agent.hosts.windows.api.handles import Handle
from farmsight_agent.outcome import FailedError, NotObservedError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

_LONGEST_WAIT_MS: Final = 60_000
_WAIT_FOR_STATUS_MS: Final = 1000
_WAIT_FOR_LAST_WORDS_MS: Final = 200
_WAIT_FOR_THE_END_MS: Final = 5000
_NT_ERROR: Final = 0xC0000000  # what Windows itself ends a process with: a missing DLL, an access violation


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What there is of a child: its process, the job it is in, and our ends of its three streams."""

    process: Handle
    job: jobs.Job
    streams: Sequence[Handle]


class WindowsChild:
    """One process, and everything it starts, in a job of its own."""

    become = None  # it was started as the account

    def __init__(
        self,
        parts: Parts,
        account: Account,
        token_source: facts_pb2.TokenSource.ValueType,
        at_the_end: Callable[[], None] = lambda: None,
    ) -> None:
        """Take over the parts: `close` ends them in any case, then does what is to be done at the end."""
        self._parts = parts
        self._account = account
        self._at_the_end = at_the_end
        self.token_source = token_source
        self.stderr = b""

    def exchange(self, request: bytes, hear: Callable[[bytes], bool], left: Callable[[], float]) -> bool:
        """Write the request and pass on the answer; return whether that came to its end in time."""
        stdin, stdout, stderr = self._parts.streams
        answer, errors = pipes.Reading(stdout, hear), pipes.Reading(stderr, self._keep)
        transfers: tuple[pipes.Transfer, ...] = (answer, errors, pipes.Writing(stdin, request))
        try:
            going = [one for one in transfers if one.begin()]
            while answer in going:
                if (seconds := left()) <= 0:
                    return False
                going = _go_on(going, min(int(seconds * 1000) + 1, _LONGEST_WAIT_MS))
            if errors in going:
                _go_on([errors], _WAIT_FOR_LAST_WORDS_MS)
        finally:
            for one in transfers:
                one.cancel()
        return True

    def _keep(self, data: bytes) -> bool:
        self.stderr = tail(self.stderr, data)
        return True

    def check(self) -> tokens.Identity:
        """Return whom its own token says it runs as. Raises FailedError when that is not the account."""
        actual = tokens.identity_of_process(self._parts.process)
        if actual.sid != self._account.sid:
            raise FailedError(
                SOMEBODY_ELSE, f"asked as {self._account.name} ({self._account.sid}), run by {actual.sid}"
            )
        return actual

    def contradiction(self, proof: facts_pb2.ContextProof) -> str:
        """Return how its own token differs from the account or from what it claims."""
        try:
            actual = self.check()
        except NotObservedError as error:
            return error.detail
        if proof.sid == actual.sid and proof.elevated == actual.elevated:
            return ""
        claimed = f"{proof.sid or 'nobody'}, elevated: {proof.elevated}"
        return f"asked as {self._account.name}, answered by {claimed}, run by {actual.sid}, {actual.elevated}"

    def ended(self) -> Ended:
        """Return its exit status; one that Windows gave as hexadecimal number."""
        if win32event.WaitForSingleObject(self._parts.process, _WAIT_FOR_STATUS_MS) != win32event.WAIT_OBJECT_0:
            return Ended(status="still there")
        status = win32process.GetExitCodeProcess(self._parts.process) & 0xFFFFFFFF
        text = f"0x{status:08X}" if status >= _NT_ERROR else str(status)
        return Ended(status=text, out_of_time=status == jobs.OUT_OF_TIME)

    def close(self) -> None:
        """End the child and everything it started."""
        self._parts.job.end()
        self._parts.job.close()
        with contextlib.suppress(pywintypes.error):
            win32event.WaitForSingleObject(self._parts.process, _WAIT_FOR_THE_END_MS)
        for handle in (*self._parts.streams, self._parts.process):
            with contextlib.suppress(pywintypes.error):
                win32api.CloseHandle(handle)
        self._at_the_end()


def _go_on(going: list[pipes.Transfer], milliseconds: int) -> list[pipes.Transfer]:
    """Wait for one of them, take what is done, and return those that have more."""
    win32event.WaitForMultipleObjects([one.event for one in going], False, milliseconds)
    return [one for one in going if not one.done or one.step()]
