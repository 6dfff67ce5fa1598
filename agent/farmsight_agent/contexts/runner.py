"""Runs one call as the account of a context, in a child that proves who it was.

It is always a child, even for the agent's own account, so that the limits on
memory, processor time and wall time hold for every call.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from farmsight_agent.clock import Clock, SystemClock
from farmsight_agent.contexts.answer import AnswerReader
from farmsight_agent.contexts.child_process import Child, Limits
from farmsight_agent.contexts.protocol import ChildAnswer, ChildRequest
from farmsight_agent.hosts.host import Account
from farmsight_agent.outcome import NotObservedError
from farmsight_agent.probe import BlobSink
from farmsight_wire.v1 import facts_pb2

if sys.platform == "win32":  # each stands on modules that only its own system has
    from farmsight_agent.contexts.windows.entering import enter, own_account
else:
    from farmsight_agent.contexts.posix.entering import enter, own_account

__all__ = ["ChildAnswer", "ChildRequest", "ContextRunner", "own_account"]

CHILD: Final = (sys.executable, "-I", "-m", "farmsight_agent.contexts.child")
MEMORY_LIMIT: Final = 1024 * 1024 * 1024  # a CRL at its limit of 100 MiB, parsed, fits
_PROCESSOR_OVER_WALL_S: Final = 10  # so that the clock on the wall ends a busy child first


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
        enter: Callable[[Account, Sequence[str], Limits], Child] = enter,
    ) -> None:
        """Put the blobs that children send into `blobs`; `command` starts a child, `enter` does so as an account."""
        self._blobs = blobs
        self._blob_limit = blob_limit
        self._clock = clock or SystemClock()
        self._command = tuple(command)
        self._memory_limit = memory_limit
        self._enter = enter

    def run(self, account: Account, request: ChildRequest) -> ChildAnswer:
        """Run one call as the account and return what it saw.

        Raises a NotObservedError: DeniedError when this agent may not become
        the account, UnavailableError when there is no such account or the
        child can't run, TimedOutError after `request.deadline_s`, FailedError
        when the child's identity or answer can't be believed.
        """
        limits = Limits(memory=self._memory_limit, processor_s=int(request.deadline_s) + _PROCESSOR_OVER_WALL_S)
        child = self._enter(account, self._command, limits)
        try:
            request = replace(request, blob_limit=self._blob_limit, become=child.become)
            answer = AnswerReader(child, account, request, self._blobs, self._clock).read()
        finally:
            child.close()
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
