"""The process that the service control manager starts: the agent, until it is told to stop."""

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import Final

import pywintypes
import servicemanager
import win32service
import win32serviceutil

from farmsight_agent import app, exit_codes, pending_enrolment
from farmsight_agent.clock import SystemClock
from farmsight_agent.config import ConfigError, load
from farmsight_agent.private_files import private_folder
from farmsight_agent.service import log
from farmsight_agent.service.windows import events
from farmsight_agent.service.windows.about import NAME, STARTS_WITHIN_MS, STOPS_WITHIN_MS
from farmsight_agent.version import version

assert sys.platform == "win32"

_LOG: Final = logging.getLogger(__name__)
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
        self._stopped = app.Stopped()
        self._log_file: Path | None = None

    def GetAcceptedControls(self) -> int:  # noqa: N802 - pywin32's name
        """Accept stop, and the notice before a shutdown, which leaves more time than the shutdown itself."""
        return int(win32service.SERVICE_ACCEPT_STOP | win32service.SERVICE_ACCEPT_PRESHUTDOWN)

    def SvcStop(self) -> None:  # noqa: N802
        """End in order."""
        self.ReportServiceStatus(win32service.SERVICE_STOP_PENDING, waitHint=STOPS_WITHIN_MS)
        self._stopped.end()

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
        try:
            if not self._enrolled(_config_file.parent):
                return exit_codes.OK
            config = load(_config_file)
            file = self._log_to(config.state_dir)
            logging.getLogger().setLevel(config.log_level.upper())
            code = app.serve(config, self._stopped, lambda: self._tell_started(file))
        except (ConfigError, app.StartError, OSError) as error:
            _LOG.exception("the agent can't start")
            events.tell(events.TROUBLE, f"The agent can't start: {error}")
            return exit_codes.FAULT
        except Exception as error:  # the manager is told in any case, or it takes the service for running
            _LOG.exception("the agent ended")
            events.tell(events.TROUBLE, f"The agent ended: {type(error).__name__}: {error}")
            return exit_codes.FAULT
        _LOG.info("stopped")
        events.tell(events.STOPPED, "The agent stopped.")
        return code

    def _enrolled(self, folder: Path) -> bool:
        """Enrol first where a package left that to do; return False when all is to end before that has succeeded.

        Meanwhile the service runs: one that can't reach its collector yet has not failed to start.
        """
        if pending_enrolment.load(folder) is None:
            return True
        self._log_to(folder)
        self.ReportServiceStatus(win32service.SERVICE_RUNNING)
        pending_enrolment.settle(folder, SystemClock(), self._stopped.within)
        return not self._stopped.is_set()

    def _log_to(self, folder: Path) -> Path:
        """Send the log to the file in this folder, warnings to the event log, too; once, however often it is called."""
        if self._log_file is None:
            private_folder(folder)
            self._log_file = log.to_file(folder)
            logging.getLogger().addHandler(events.TroubleHandler())
        return self._log_file

    def _tell_started(self, log_file: Path) -> None:
        self.ReportServiceStatus(win32service.SERVICE_RUNNING)
        _LOG.info("started, version %s", version())
        text = f"The agent started, version {version()}. Configuration: {_config_file}. Log: {log_file}."
        events.tell(events.STARTED, text)


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
