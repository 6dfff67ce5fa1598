"""How an account is entered on Windows: by a token, else by a scheduled task, else not, and why."""

import sys
from collections.abc import Callable, Sequence
from typing import Final

from farmsight_agent.contexts.child_process import Limits
from farmsight_agent.contexts.windows import by_token, process
from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows import accounts_of_services, tokens
from farmsight_agent.outcome import DeniedError, NotObservedError, UnavailableError
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

    Raises DeniedError or UnavailableError with the reason of the first way
    and what both ways said, FailedError when a child was somebody else.
    """
    if not account.sid:
        raise UnavailableError("no-sid", f"the SID of {account.name} is not known here: nobody could prove to be it")
    if account.sid == tokens.own_identity().sid:
        return by_token.own_process(account, command, limits)
    refused: list[tuple[str, NotObservedError]] = []
    for name, way in WAYS:
        try:
            return way(account, command, limits)
        except (DeniedError, UnavailableError) as error:
            refused.append((name, error))
    first = refused[0][1]
    raise type(first)(first.reason, "; ".join(f"by {name}: {error}" for name, error in refused))


def own_account(context: facts_pb2.Context.ValueType = facts_pb2.CONTEXT_CALLER) -> Account:
    """Return the account that this process runs as; as the caller LocalSystem is SYSTEM."""
    sid = tokens.own_identity().sid
    if sid == accounts_of_services.SYSTEM_SID and context == facts_pb2.CONTEXT_CALLER:
        context = facts_pb2.CONTEXT_SYSTEM
    return Account(context=context, name=tokens.account_name(sid) or "itself", sid=sid)
