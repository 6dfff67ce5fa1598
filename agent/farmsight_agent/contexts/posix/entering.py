"""How an account is entered on a POSIX system, and which account this process is."""

import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

from farmsight_agent.contexts.child_process import Limits
from farmsight_agent.contexts.posix import environment, process
from farmsight_agent.contexts.protocol import Become
from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.linux import accounts
from farmsight_agent.outcome import DeniedError, UnavailableError
from farmsight_wire.v1 import facts_pb2

assert sys.platform != "win32"  # uids and resource limits are there only


def enter(account: Account, command: Sequence[str], limits: Limits) -> process.PosixChild:
    """Start a child that will become the account as soon as it has its request.

    Raises DeniedError when this agent may not become the account,
    UnavailableError when there is no such account or the child can't run.
    """
    own = _may_become(account)
    started = _start(account, command, own=own)
    child = process.PosixChild(started, account, None if own else _becoming(account))
    try:
        _limit(started.pid, limits)
    except BaseException:
        child.close()
        raise
    return child


def own_account(context: facts_pb2.Context.ValueType = facts_pb2.CONTEXT_CALLER) -> Account:
    """Return the account that this process runs as."""
    return replace(accounts.own(), context=context)


def _may_become(account: Account) -> bool:
    """Return whether the account is the agent's own; raises when it can't be entered."""
    if account.uid is None or account.gid is None:
        raise UnavailableError("no-account", f"{account.name} is not an account on this server")
    if account.uid == os.geteuid():
        return True
    if os.geteuid() != 0:
        raise DeniedError(
            "not-root", f"only root can run a call as {account.name}; this agent runs as uid {os.geteuid()}"
        )
    return False


def _start(account: Account, command: Sequence[str], *, own: bool) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd="/",
            env=environment.environment_of(account, own=own),
            start_new_session=True,
        )
    except PermissionError as error:
        raise DeniedError("child-not-started", f"{command[0]} as {account.name}: {error}") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise UnavailableError("child-not-started", f"{command[0]} as {account.name}: {error}") from error


def _becoming(account: Account) -> Become:
    assert account.uid is not None
    assert account.gid is not None
    try:
        groups = os.getgrouplist(account.name, account.gid)
    except (KeyError, OSError):
        groups = [account.gid]
    return Become(uid=account.uid, gid=account.gid, groups=tuple(groups))


def _limit(pid: int, limits: Limits) -> None:
    """Set the child's hard limits from outside, before it is given anything to do."""
    memory, seconds = limits.memory, limits.processor_s
    try:
        resource.prlimit(pid, resource.RLIMIT_AS, (memory, memory))
        resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (memory, memory))  # large bodies pass through a file
    except ProcessLookupError:
        pass  # it ended already; the reader finds out why
    except OSError as error:
        raise UnavailableError("child-not-limited", f"the child's limits could not be set: {error}") from error
