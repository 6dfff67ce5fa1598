"""A child started with the token of a process that runs as the account already, most often its service's."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import pywintypes
import win32api
import win32process
import winerror

from farmsight_agent.contexts.child_process import Limits
from farmsight_agent.contexts.windows import pipes, process
from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows.accounts_and_services import accounts_of_services, service_processes
from farmsight_agent.hosts.windows.api import jobs, process_creation, tokens
from farmsight_agent.hosts.windows.api.handles import Handle
from farmsight_agent.outcome import DeniedError, NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

# SYSTEM and NETWORK SERVICE are the same in each of their processes; a process of another account
# is that account's service only where it is the service's own.
ANY_PROCESS: Final = frozenset({accounts_of_services.SYSTEM_SID, accounts_of_services.NETWORK_SERVICE_SID})
# Cryptographic Services runs as NETWORK SERVICE on every server and fetches CRLs itself.
_FIRST_CHOICE: Final = "cryptsvc"
_MOST_PROCESSES: Final = 64


def own_process(account: Account, command: Sequence[str], limits: Limits) -> process.WindowsChild:
    """Start a child of the agent's own account. Raises a NotObservedError."""
    own = facts_pb2.TOKEN_SOURCE_OWN_PROCESS
    with contextlib.closing(tokens.own_token()) as token:
        environment = tokens.environment(token)
        try:
            with contextlib.closing(tokens.without_privileges(token)) as bare:
                return _started(bare, environment, account, command, limits, own)
        except DeniedError as error:
            if error.reason != "privilege-missing":
                raise
        return _started(None, environment, account, command, limits, own)


def service_process(account: Account, command: Sequence[str], limits: Limits) -> process.WindowsChild:
    """Start a child with the token of a service's process.

    Raises UnavailableError when no service runs as the account, DeniedError
    when this agent may not take its token, FailedError when the child is not
    who the token said.
    """
    tokens.enable_privileges()
    lent = facts_pb2.TOKEN_SOURCE_SERVICE_PROCESS
    with (
        contextlib.closing(_token(account)) as token,
        contextlib.closing(tokens.without_privileges(token)) as bare,
    ):
        return _started(bare, tokens.environment(token), account, command, limits, lent)


def _token(account: Account) -> Handle:
    """Return a token of the account from the first process that lends it; raises why its own service's did not."""
    refused: list[NotObservedError] = []
    for pid in _processes(account, refused.append):
        try:
            token = tokens.primary_token(pid)
            if _serves(token, account, refused.append, pid):
                return token
            token.Close()
        except NotObservedError as error:
            refused.append(error)
    if refused:
        raise refused[0]
    raise UnavailableError("no-process", f"no service runs as {account.name}")


def _processes(account: Account, refuse: Callable[[NotObservedError], None]) -> Iterator[int]:
    """Yield the processes to ask: that of the account's service first."""
    if account.service:
        try:
            yield service_processes.process_of(account.service)
        except NotObservedError as error:
            refuse(error)
    elif account.sid not in ANY_PROCESS:
        refuse(UnavailableError("no-service", f"no service is known to run as {account.name}"))
    if account.sid in ANY_PROCESS:
        running = sorted(service_processes.running(), key=lambda one: one[0].lower() != _FIRST_CHOICE)
        pids = dict.fromkeys(pid for _, pid in running)
        yield from [pid for pid in pids if _runs_as(pid, account.sid)][:_MOST_PROCESSES]


def _runs_as(pid: int, sid: str) -> bool:
    try:
        return tokens.identity_of_pid(pid).sid == sid
    except NotObservedError:
        return False


def _serves(token: Handle, account: Account, refuse: Callable[[NotObservedError], None], pid: int) -> bool:
    """Tell whether the token is the account's, and may do all that the account may."""
    actual = tokens.identity(token).sid
    if actual != account.sid:
        text = f"process {pid} of {account.service} runs as {actual}, {account.name} is {account.sid}"
        refuse(UnavailableError("service-other-account", text))
    elif tokens.is_restricted(token):
        refuse(UnavailableError("token-restricted", f"the token of process {pid} is a restricted one"))
    else:
        return True
    return False


def _started(
    token: Handle,
    environment: dict[str, str],
    account: Account,
    command: Sequence[str],
    limits: Limits,
    source: facts_pb2.TokenSource.ValueType,
) -> process.WindowsChild:
    """Start the child; it does not run before it is limited and its token is known to be the account's.

    `token` is None for this process's own, as it is.
    """
    job = jobs.Job(memory=limits.memory, processor_s=limits.processor_s)
    name, own = pipes.new_name(), tokens.own_identity().sid
    ours = [pipes.our_end(name, stream, own) for stream in pipes.STREAMS]
    theirs = [pipes.their_end(name, stream) for stream in pipes.STREAMS]
    try:
        started = process_creation.start_suspended(token, command, environment, theirs, win32api.GetSystemDirectory())
    except pywintypes.error as error:
        job.close()
        for pipe in ours:
            pipe.Close()
        raise _not_started(error, account, command[0]) from error
    finally:
        for pipe in theirs:
            pipe.Close()
    child = process.WindowsChild(process.Parts(process=started.process, job=job, streams=ours), account, source)
    try:
        with contextlib.closing(started.thread):
            _add(job, started.process)
            child.check()
            win32process.ResumeThread(started.thread)
    except BaseException:
        child.close()
        raise
    return child


def _add(job: jobs.Job, started: Handle) -> None:
    try:
        job.add(started)
    except NotObservedError:
        win32process.TerminateProcess(started, 1)
        raise


def _not_started(error: pywintypes.error, account: Account, program: str) -> NotObservedError:
    text = f"{program} as {account.name}: error {error.winerror} of {error.funcname}"
    if error.winerror == winerror.ERROR_PRIVILEGE_NOT_HELD:
        return DeniedError("privilege-missing", text)
    if error.winerror == winerror.ERROR_ACCESS_DENIED:
        return DeniedError("child-not-started", text)
    return UnavailableError("child-not-started", text)
