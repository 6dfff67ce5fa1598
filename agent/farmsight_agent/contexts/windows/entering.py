"""How an account is entered on Windows: by a token, else by a scheduled task, else not, and why."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import pywintypes

from farmsight_agent.contexts.child_process import SOMEBODY_ELSE, Limits
from farmsight_agent.contexts.windows import by_token, process
from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows import accounts
from farmsight_agent.hosts.windows.api import tokens
from farmsight_agent.outcome import FailedError, NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only
Way = Callable[[Account, Sequence[str], Limits], process.WindowsChild]


def _by_task(account: Account, command: Sequence[str], limits: Limits) -> process.WindowsChild:
    from farmsight_agent.contexts.windows import by_task  # noqa: PLC0415 - COM is large, and most tokens are lent

    return by_task.scheduled_task(account, command, limits)


WAYS: Final[tuple[tuple[str, Way], ...]] = (
    ("the service's process", by_token.service_process),
    ("a scheduled task", _by_task),
)


def enter(account: Account, command: Sequence[str], limits: Limits) -> process.WindowsChild:
    """Start a child that runs as the account.

    Raises a NotObservedError with the reason of the first way and what both
    ways said, at once FailedError when a child was somebody else.
    """
    if not account.sid:
        raise UnavailableError("no-sid", f"the SID of {account.name} is not known here: nobody could prove to be it")
    if account.sid == tokens.own_identity().sid:
        return _entered(by_token.own_process, account, command, limits)
    refused: list[tuple[str, NotObservedError]] = []
    for name, way in WAYS:
        try:
            return _entered(way, account, command, limits)
        except NotObservedError as error:
            if error.reason == SOMEBODY_ELSE:
                raise
            refused.append((name, error))
    first = refused[0][1]
    raise type(first)(first.reason, "; ".join(f"by {name}: {error}" for name, error in refused))


def _entered(way: Way, account: Account, command: Sequence[str], limits: Limits) -> process.WindowsChild:
    """Go one way; an error of Windows that it did not foresee is this account's trouble, and nobody else's."""
    try:
        return way(account, command, limits)
    except pywintypes.error as error:
        raise FailedError("child-not-started", f"error {error.winerror} of {error.funcname}") from error


def own_account(context: facts_pb2.Context.ValueType = facts_pb2.CONTEXT_CALLER) -> Account:
    """Return the account that this process runs as; as the caller LocalSystem is SYSTEM."""
    own = accounts.own()
    return own if context == facts_pb2.CONTEXT_CALLER else replace(own, context=context)
