"""Task Scheduler, through its COM interface: a task that is registered, run once, and removed.

Called by name (IDispatch), so that nothing but pythoncom is needed. Sources:
Microsoft's pages on ITaskService, ITaskFolder.RegisterTask, IRegisteredTask.Run.
"""

import contextlib
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import psutil
import pythoncom
import pywintypes

from farmsight_agent.hosts.windows.accounts_and_services import scheduled_task_xml
from farmsight_agent.hosts.windows.accounts_and_services.scheduled_task_xml import Principal
from farmsight_agent.outcome import DeniedError, NotObservedError, UnavailableError

assert sys.platform == "win32"  # what it stands on is there only

Call = Callable[..., Any]  # an object's method by its name, with arguments
Connect = Callable[[], Call]

_CREATE: Final = 0x2 | 0x10  # TASK_CREATE, TASK_DONT_ADD_PRINCIPAL_ACE: the account itself may not read the task
_FOR_ADMINISTRATORS: Final = "D:P(A;;FA;;;BA)(A;;FA;;;SY)"
_HIDDEN_TOO: Final = 1  # TASK_ENUM_HIDDEN
_MOST_TASKS: Final = 10_000
_METHOD_OR_PROPERTY: Final = 0x3  # DISPATCH_METHOD | DISPATCH_PROPERTYGET
_ACCESS_DENIED: Final = -2147024891  # 0x80070005
_LOGON_FAILURES: Final = frozenset({-2147023570, -2147023511, -2147216621})  # 1326, 1385, SCHED_E_ACCOUNT_...


class OneShotTask:
    """A task of one run. `remove` stops it and takes it away, whatever became of it."""

    def __init__(self, folder: Call, name: str, task: Call) -> None:
        """Take over a registered task."""
        self._folder, self._name, self._task = folder, name, task

    @property
    def last_result(self) -> int:
        """Return what Task Scheduler says of the last run: an HRESULT, or an exit status."""
        with contextlib.suppress(pythoncom.com_error):
            return int(self._task("LastTaskResult")) & 0xFFFFFFFF
        return 0

    def run(self) -> None:
        """Start it. Raises DeniedError, UnavailableError."""
        with _told("the task was not started"):
            self._task("Run", None)

    def remove(self) -> None:
        """Stop and delete it."""
        with contextlib.suppress(pythoncom.com_error):
            self._task("Stop", 0)
        with contextlib.suppress(pythoncom.com_error):
            self._folder("DeleteTask", self._name, 0)


def register(
    who: Principal, argv: Sequence[str], *, now: datetime, within_s: int, connect: "Connect | None" = None
) -> OneShotTask:
    """Register a task that runs the program as the account. Raises DeniedError, UnavailableError.

    Tasks that agents left behind which are no more are removed first.
    """
    with _told("Task Scheduler did not take the task"):
        folder = _wrapped((connect or connected)()("GetFolder", "\\"))
        remove_leftovers(folder)
        name = scheduled_task_xml.name_for(os.getpid(), secrets.token_hex(8))
        xml = scheduled_task_xml.definition(who, argv, now=now, within_s=within_s)
        task = folder("RegisterTask", name, xml, _CREATE, who.user, None, who.logon, _FOR_ADMINISTRATORS)
        return OneShotTask(folder, name, _wrapped(task))


def remove_leftovers(folder: Call) -> None:
    """Delete our tasks whose agent is no more: it was ended before it could."""
    with contextlib.suppress(pythoncom.com_error):
        tasks = _wrapped(folder("GetTasks", _HIDDEN_TOO))
        for number in range(1, min(int(tasks("Count")), _MOST_TASKS) + 1):
            name = str(_wrapped(tasks("Item", number))("Name"))
            owner = scheduled_task_xml.owner(name)
            if owner is not None and not psutil.pid_exists(owner):
                folder("DeleteTask", name, 0)


def connected() -> Call:
    """Return Task Scheduler of this machine. Raises pythoncom.com_error."""
    with contextlib.suppress(pythoncom.com_error):  # this thread may have its apartment already
        pythoncom.CoInitialize()
    create: Any = pythoncom.CoCreateInstance  # takes a class's name too
    service = _wrapped(create("Schedule.Service", None, pythoncom.CLSCTX_INPROC_SERVER, pythoncom.IID_IDispatch))
    service("Connect")
    return service


def _wrapped(thing: Any) -> Call:  # noqa: ANN401 - a COM object, or what a test puts in its place
    if callable(thing):
        return thing  # type: ignore[no-any-return]  # checked just now

    def call(name: str, *arguments: object) -> Any:  # noqa: ANN401 - what the object returns
        return thing.Invoke(thing.GetIDsOfNames(name), 0, _METHOD_OR_PROPERTY, True, *arguments)

    return call


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn a COM error into what it means for a context."""
    try:
        yield
    except pythoncom.com_error as error:
        raise _meaning(error, what) from error


def _meaning(error: "pywintypes.com_error", what: str) -> NotObservedError:
    number, _text, more, _argument = error.args
    code = more[5] if more and more[5] else number  # that of the method, rather than "an exception occurred"
    text = f"{what}: 0x{code & 0xFFFFFFFF:08X}"
    if code == _ACCESS_DENIED:
        return DeniedError("task-denied", text)
    if code in _LOGON_FAILURES:
        return DeniedError("task-logon-denied", text)
    return UnavailableError("task-scheduler", text)
