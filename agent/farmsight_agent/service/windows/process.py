"""The process that the service control manager starts: the agent, until it is told to stop.

The manager gives a process half a minute to make itself known, also while a
slow server boots: what the agent itself is made of is loaded after that.
"""

import argparse
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Final

import pywintypes
import servicemanager
import win32service
import win32serviceutil

from farmsight_agent import exit_codes
from farmsight_agent.service.windows.about import NAME, STARTS_WITHIN_MS, STOPS_WITHIN_MS

assert sys.platform == "win32"

_SPECIFIC_ERROR: Final = 1066  # ERROR_SERVICE_SPECIFIC_ERROR: the service's own number says more
_NOT_STARTED_BY_MANAGER: Final = 1063  # ERROR_FAILED_SERVICE_CONTROLLER_CONNECT
_WIN32_OK: Final = 0

_config_file = Path()  # set before the dispatcher starts; it makes the service object itself


class AgentService(win32serviceutil.ServiceFramework):
    """The agent under the service control manager."""

    _svc_name_ = NAME

    def __init__(self, arguments: list[str]) -> None:
        """Take what the manager hands over."""
        super().__init__(arguments)
        self._ends = threading.Event()

    def GetAcceptedControls(self) -> int:  # noqa: N802 - pywin32's name
        """Accept stop, and the notice before a shutdown, which leaves more time than the shutdown itself."""
        return int(win32service.SERVICE_ACCEPT_STOP | win32service.SERVICE_ACCEPT_PRESHUTDOWN)

    def SvcStop(self) -> None:  # noqa: N802
        """End in order."""
        self.ReportServiceStatus(win32service.SERVICE_STOP_PENDING, waitHint=STOPS_WITHIN_MS)
        self._ends.set()

    def SvcOther(self, control: int) -> None:  # noqa: N802
        """End in order before a shutdown; anything else is not for us."""
        if control == win32service.SERVICE_CONTROL_PRESHUTDOWN:
            self.SvcStop()

    def SvcRun(self) -> None:  # noqa: N802
        """Run the agent, and tell the manager how it ended: an end with an error makes it start again."""
        self.ReportServiceStatus(win32service.SERVICE_START_PENDING, waitHint=STARTS_WITHIN_MS)
        code = self._run()
        error = _SPECIFIC_ERROR if code else _WIN32_OK
        self.ReportServiceStatus(win32service.SERVICE_STOPPED, win32ExitCode=error, svcExitCode=code)

    def _run(self) -> int:
        from farmsight_agent.service.windows.work import Work  # noqa: PLC0415 - see the module's text

        return Work(_config_file, self._ends, self._tell_running).run()

    def _tell_running(self) -> None:
        self.ReportServiceStatus(win32service.SERVICE_RUNNING)


def main() -> int:
    """Hand this process over to the service control manager; return an exit code when it lets go."""
    global _config_file  # noqa: PLW0603 - the dispatcher makes the service object and hands nothing through
    parser = argparse.ArgumentParser(prog="farmsight-agent service process")
    parser.add_argument("--config", type=Path, required=True)
    _config_file = parser.parse_args().config
    _streams()
    servicemanager.Initialize()
    servicemanager.PrepareToHostSingle(AgentService)
    try:
        servicemanager.StartServiceCtrlDispatcher()  # type: ignore[no-untyped-call]
    except pywintypes.error as error:
        if error.winerror != _NOT_STARTED_BY_MANAGER:
            raise
        sys.stderr.write("farmsight-agent: this is started by Windows; use `farmsight-agent service start`, or `run`\n")
        return exit_codes.FAULT
    return exit_codes.OK


def _streams() -> None:
    """Give the process something to write to: a service has no console."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as the process


if __name__ == "__main__":
    done = main()
    logging.shutdown()
    # The manager was told already: what waits for this end (an upgrade, a removal) needs it now,
    # and the interpreter would take gRPC apart while its threads still wait.
    os._exit(done)
