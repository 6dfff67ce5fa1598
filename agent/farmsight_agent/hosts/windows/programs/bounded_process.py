"""A program of Windows' own, run for what it prints: within bounds of time, size and memory, and never left behind."""

import contextlib
import subprocess
import sys
from collections.abc import Callable

import psutil

from farmsight_agent.clock import SystemClock
from farmsight_agent.hosts.windows.api import jobs
from farmsight_agent.hosts.windows.programs.program_output import Printed, read_within
from farmsight_agent.outcome import UnavailableError

assert sys.platform == "win32"  # what it stands on is there only


def printed(
    start: Callable[[], "subprocess.Popen[bytes]"], *, limit_s: float, most: int, memory: int, processor_s: int
) -> Printed:
    """Return what a process prints, up to a bound of time and size.

    `start` starts it with both its outputs in pipes; what it raises goes
    through. Past a bound the whole tree of processes is ended, and it ends
    with this process however that ends. Raises UnavailableError where it
    can't be limited.
    """
    job = jobs.Job(memory=memory, processor_s=processor_s)
    try:
        process = start()
        _limit(process, job)
        return read_within(process, lambda: _end(process, job), SystemClock(), limit_s=limit_s, most=most)
    finally:
        job.close()


def _limit(process: "subprocess.Popen[bytes]", job: jobs.Job) -> None:
    """Put the process into the job, which ends with us, whatever becomes of us; what it starts is in it too.

    It starts nothing before it is put there: its own start takes far longer.
    """
    try:
        job.add(int(process._handle))  # type: ignore[attr-defined]
    except UnavailableError:
        if process.poll() is None:  # else it ended already, and needs no limit
            process.kill()
            raise


def _end(process: "subprocess.Popen[bytes]", job: jobs.Job) -> None:
    """End the process and all that it started."""
    started: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error, OSError):
        started = psutil.Process(process.pid).children(recursive=True)
    job.end()
    with contextlib.suppress(OSError):
        process.kill()
    for one in started:  # what a breakaway took out of the job
        with contextlib.suppress(psutil.Error, OSError):
            one.kill()
