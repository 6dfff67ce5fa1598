"""A child started by Task Scheduler as the account, for when no process of it lends its token.

The child has no streams of ours, so it is told the name of three pipes,
which let in that account alone; who connects is known by process and token.
"""

import contextlib
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import pywintypes
import win32api
import win32con
import win32pipe
import win32process

from farmsight_agent.clock import Clock, SystemClock
from farmsight_agent.contexts.child_process import SOMEBODY_ELSE, THROUGH_PIPES, Limits
from farmsight_agent.contexts.windows import pipes, process
from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows.accounts_and_services import scheduled_task_xml
from farmsight_agent.hosts.windows.api import jobs, tokens
from farmsight_agent.hosts.windows.api import scheduled_task as tasks
from farmsight_agent.hosts.windows.api.handles import Handle
from farmsight_agent.outcome import FailedError, TimedOutError, UnavailableError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

_CLOCKS_DIFFER_BY: Final = timedelta(seconds=1)  # a process's begin is told by a coarser one
CONNECT_WITHIN_S: Final = 30.0  # Task Scheduler logs the account on first
_ACCESS: Final = (
    win32con.PROCESS_QUERY_LIMITED_INFORMATION
    | win32con.PROCESS_SET_QUOTA
    | win32con.PROCESS_TERMINATE
    | win32con.SYNCHRONIZE
)


def scheduled_task(
    account: Account,
    command: Sequence[str],
    limits: Limits,
    *,
    connect: tasks.Connect | None = None,
    clock: Clock | None = None,
    connect_within_s: float = CONNECT_WITHIN_S,
) -> process.WindowsChild:
    """Start a child by a task that is removed again in any case.

    Raises UnavailableError when the account needs a password or the task
    does not start, DeniedError when it may not be made, FailedError when
    whoever connected is not the account.
    """
    clock = clock or SystemClock()
    who = scheduled_task_xml.principal(account)
    name = pipes.new_name()
    with contextlib.ExitStack() as undo:
        ours = [pipes.our_end(name, stream, account.sid) for stream in pipes.STREAMS]
        for pipe in ours:
            undo.callback(pipe.Close)
        argv = (*command, THROUGH_PIPES, name)
        began = clock.now()
        task = tasks.register(who, argv, now=began, within_s=limits.processor_s + 60, connect=connect)
        undo.callback(task.remove)
        task.run()
        theirs = _client(ours, task, clock, connect_within_s)
        undo.callback(theirs.Close)
        _check_younger(theirs, began)
        job = jobs.Job(memory=limits.memory, processor_s=limits.processor_s)
        parts = process.Parts(process=theirs, job=job, streams=ours)
        child = process.WindowsChild(parts, account, facts_pb2.TOKEN_SOURCE_SCHEDULED_TASK, task.remove)
        undo.pop_all()
        undo.callback(child.close)  # from here on it undoes all of that
        child.check()
        job.add(theirs)
        undo.pop_all()
    return child


def _client(ours: Sequence[Handle], task: tasks.OneShotTask, clock: Clock, within_s: float) -> Handle:
    """Return the one process that has connected to all three pipes."""
    end = clock.monotonic() + within_s
    try:
        for pipe in ours:
            pipes.wait_for_client(pipe, end - clock.monotonic())
    except TimedOutError as error:
        text = f"the task did not answer in {within_s:g} s; its last result is 0x{task.last_result:08X}"
        raise UnavailableError("task-not-started", text) from error
    pids = {int(win32pipe.GetNamedPipeClientProcessId(pipe)) for pipe in ours}
    if len(pids) != 1:
        raise FailedError(SOMEBODY_ELSE, f"processes {sorted(pids)} connected to the pipes of one child")
    try:
        return win32api.OpenProcess(_ACCESS, False, pids.pop())
    except pywintypes.error as error:
        raise tokens.not_opened(error, "the task's process") from error


def _check_younger(client: Handle, than: datetime) -> None:
    """Raise FailedError for a process that was there before its task.

    A pipe's client can lie about its number, and a number can be another's by
    now: a service that was named so would be ended with the call.
    """
    created = win32process.GetProcessTimes(client)["CreationTime"]
    if created < than - _CLOCKS_DIFFER_BY:
        raise FailedError(SOMEBODY_ELSE, f"the process that connected began at {created}, before its task")
