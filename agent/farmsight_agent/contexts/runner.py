"""Runs one call as the account of a context, in a child that proves who it was.

It is always a child, even for the agent's own account, so that the limits on
memory, processor time and wall time hold for every call.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from farmsight_agent.clock import Clock, SystemClock
from farmsight_agent.contexts.answer import AnswerReader
from farmsight_agent.contexts.environment import environment_of
from farmsight_agent.contexts.protocol import Become, ChildAnswer, ChildRequest
from farmsight_agent.hosts.host import Account
from farmsight_agent.outcome import DeniedError, NotObservedError, UnavailableError
from farmsight_agent.probe import BlobSink
from farmsight_wire.v1 import facts_pb2

__all__ = ["ChildAnswer", "ChildRequest", "ContextRunner", "own_account"]

CHILD: Final = (sys.executable, "-I", "-m", "farmsight_agent.contexts.child")
MEMORY_LIMIT: Final = 1024 * 1024 * 1024  # address space: a CRL at its limit of 100 MiB, parsed, fits


class ContextRunner:
    """Runs calls as other accounts. Holds no state between calls."""

    def __init__(
        self,
        blobs: BlobSink,
        *,
        blob_limit: int,
        clock: Clock | None = None,
        command: Sequence[str] = CHILD,
        memory_limit: int = MEMORY_LIMIT,
    ) -> None:
        """Put the blobs that children send into `blobs`; `command` starts a child."""
        self._blobs = blobs
        self._blob_limit = blob_limit
        self._clock = clock or SystemClock()
        self._command = tuple(command)
        self._memory_limit = memory_limit

    def run(self, account: Account, request: ChildRequest) -> ChildAnswer:
        """Run one call as the account and return what it saw.

        Raises a NotObservedError: DeniedError when this agent may not become
        the account, UnavailableError when there is no such account or the
        child can't run, TimedOutError after `request.deadline_s`, FailedError
        when the child's identity or answer can't be believed.
        """
        own = _may_become(account)
        process = self._start(account, own=own)
        reader = AnswerReader(process, account, self._blobs, self._blob_limit, self._clock)
        try:
            _limit(process.pid, self._memory_limit, request.deadline_s)
            become = None if own else _becoming(account)
            answer = reader.read(replace(request, blob_limit=self._blob_limit, become=become))
        finally:
            reader.close()
        source = facts_pb2.TOKEN_SOURCE_OWN_PROCESS if own else facts_pb2.TOKEN_SOURCE_SETUID
        answer.proof.token_source = source
        for fact in answer.facts:
            fact.context = account.context
            fact.asked_by.CopyFrom(answer.proof)
        for sample in answer.samples:
            sample.context = account.context
        return answer

    def availability(self, account: Account) -> facts_pb2.ContextAvailability:
        """Return whether the context can be entered, found out by entering it."""
        state = facts_pb2.ContextAvailability(context=account.context, account=account.name, available=True)
        try:
            self.run(account, ChildRequest(op="whoami", deadline_s=20.0))
        except NotObservedError as error:
            state.available = False
            state.reason = str(error)
        return state

    def _start(self, account: Account, *, own: bool) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd="/",
                env=environment_of(account, own=own),
                start_new_session=True,
            )
        except PermissionError as error:
            raise DeniedError("child-not-started", f"{self._command[0]} as {account.name}: {error}") from error
        except (OSError, subprocess.SubprocessError) as error:
            raise UnavailableError("child-not-started", f"{self._command[0]} as {account.name}: {error}") from error


def own_account(context: facts_pb2.Context.ValueType = facts_pb2.CONTEXT_CALLER) -> Account:
    """Return the account that this process runs as."""
    uid, gid = (None, None) if os.name == "nt" else (os.geteuid(), os.getegid())
    return Account(context=context, name="itself", uid=uid, gid=gid)


def _may_become(account: Account) -> bool:
    """Return whether the account is the agent's own; raises when it can't be entered."""
    if os.name == "nt":
        raise UnavailableError("not-built", "entering contexts on Windows is not part of this version")
    if account.uid is None or account.gid is None:
        raise UnavailableError("no-account", f"{account.name} is not an account on this server")
    if account.uid == os.geteuid():
        return True
    if os.geteuid() != 0:
        raise DeniedError(
            "not-root", f"only root can run a call as {account.name}; this agent runs as uid {os.geteuid()}"
        )
    return False


def _becoming(account: Account) -> Become:
    assert account.uid is not None
    assert account.gid is not None
    try:
        groups = os.getgrouplist(account.name, account.gid)
    except (KeyError, OSError):
        groups = [account.gid]
    return Become(uid=account.uid, gid=account.gid, groups=tuple(groups))


def _limit(pid: int, memory: int, deadline_s: float) -> None:
    """Set the child's hard limits from outside, before it is given anything to do."""
    import resource  # noqa: PLC0415 - not there on Windows

    seconds = int(deadline_s) + 10
    try:
        resource.prlimit(pid, resource.RLIMIT_AS, (memory, memory))
        resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (memory, memory))  # large bodies pass through a file
    except ProcessLookupError:
        pass  # it ended already; the reader finds out why
    except OSError as error:
        raise UnavailableError("child-not-limited", f"the child's limits could not be set: {error}") from error
