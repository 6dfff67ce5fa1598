"""Job objects: the hard limits of a child and of everything it starts.

Sources: Microsoft's pages on job objects, JOBOBJECT_EXTENDED_LIMIT_INFORMATION,
JOBOBJECT_BASIC_UI_RESTRICTIONS and nested jobs.
"""

import contextlib
import sys
from typing import Any, Final

import pywintypes
import win32api
import win32job
import winerror

from farmsight_agent.hosts.windows.api.handles import Handle
from farmsight_agent.outcome import UnavailableError

assert sys.platform == "win32"  # what it stands on is there only

MOST_PROCESSES: Final = 8  # the child, a console host, the base of a virtual environment, what an operation starts
_TICKS_IN_A_SECOND: Final = 10_000_000  # job times are in 100 ns
_LIMITS: Final = (
    win32job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
    | win32job.JOB_OBJECT_LIMIT_JOB_MEMORY
    | win32job.JOB_OBJECT_LIMIT_JOB_TIME
    | win32job.JOB_OBJECT_LIMIT_ACTIVE_PROCESS
    | win32job.JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION
)
# By name: what the headers call "all" grows, and older systems refuse what they don't know.
_UI_LIMITS: Final = (
    win32job.JOB_OBJECT_UILIMIT_HANDLES
    | win32job.JOB_OBJECT_UILIMIT_READCLIPBOARD
    | win32job.JOB_OBJECT_UILIMIT_WRITECLIPBOARD
    | win32job.JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS
    | win32job.JOB_OBJECT_UILIMIT_DISPLAYSETTINGS
    | win32job.JOB_OBJECT_UILIMIT_GLOBALATOMS
    | win32job.JOB_OBJECT_UILIMIT_DESKTOP
    | win32job.JOB_OBJECT_UILIMIT_EXITWINDOWS
)
_ENDED: Final = 1  # the exit status of what a job's end takes with it
OUT_OF_TIME: Final = winerror.ERROR_NOT_ENOUGH_QUOTA  # the status of a job's processes when its time is used up


class Job:
    """A job that ends with its handle: when the agent dies, however it dies, Windows ends what is in it."""

    def __init__(self, *, memory: int, processor_s: int) -> None:
        """Make a job for at most so many bytes and so many seconds of processor time. Raises UnavailableError."""
        self._memory, self._processor_s = memory, processor_s
        self._handle = self._made(with_ui_limits=True)

    def add(self, process: Handle) -> None:
        """Put a process under the limits, before it does anything. Raises UnavailableError.

        Where the process is in a job already (an agent that runs inside one,
        a scheduled task) Windows nests jobs, but none that limits the user
        interface: such a child goes without that limit.
        """
        try:
            win32job.AssignProcessToJobObject(self._handle, process)
        except pywintypes.error as error:
            if error.winerror != winerror.ERROR_ACCESS_DENIED:
                raise _not_limited(error) from error
            self.close()
            self._handle = self._made(with_ui_limits=False)
            try:
                win32job.AssignProcessToJobObject(self._handle, process)
            except pywintypes.error as again:
                raise _not_limited(again) from again

    def end(self) -> None:
        """End every process in the job."""
        with contextlib.suppress(pywintypes.error):
            win32job.TerminateJobObject(self._handle, _ENDED)

    def close(self) -> None:
        """Close the job, which ends what is still in it."""
        with contextlib.suppress(pywintypes.error):
            win32api.CloseHandle(self._handle)

    def _made(self, *, with_ui_limits: bool) -> Handle:
        try:
            create: Any = win32job.CreateJobObject  # returns the job, of which its stub knows nothing
            job: Handle = create(None, "")
            limits = win32job.QueryInformationJobObject(job, win32job.JobObjectExtendedLimitInformation)
            basic = limits["BasicLimitInformation"]
            basic["LimitFlags"] = _LIMITS
            basic["ActiveProcessLimit"] = MOST_PROCESSES
            basic["PerJobUserTimeLimit"] = self._processor_s * _TICKS_IN_A_SECOND
            limits["JobMemoryLimit"] = self._memory
            win32job.SetInformationJobObject(job, win32job.JobObjectExtendedLimitInformation, limits)
            if with_ui_limits:
                restricted = {"UIRestrictionsClass": _UI_LIMITS}
                win32job.SetInformationJobObject(job, win32job.JobObjectBasicUIRestrictions, restricted)
        except pywintypes.error as error:
            raise _not_limited(error) from error
        return job


def _not_limited(error: pywintypes.error) -> UnavailableError:
    text = f"the child's limits could not be set: error {error.winerror} of {error.funcname}"
    return UnavailableError("child-not-limited", text)
