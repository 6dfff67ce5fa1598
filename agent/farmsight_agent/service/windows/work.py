"""What the service does once the service control manager knows it: enrol where that waits, then run the agent."""

import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from farmsight_agent import app, exit_codes, pending_enrolment
from farmsight_agent.clock import SystemClock
from farmsight_agent.config import ConfigError, load
from farmsight_agent.private_files import private_folder
from farmsight_agent.service import log
from farmsight_agent.service.windows import events
from farmsight_agent.version import version

assert sys.platform == "win32"

_LOG: Final = logging.getLogger(__name__)


class Work:
    """One run of the service, until an event ends it."""

    def __init__(self, config_file: Path, ends: threading.Event, tell_running: Callable[[], None]) -> None:
        """Work by this configuration; `tell_running` lets the manager know, and may be called again."""
        self._config_file = config_file
        self._stopped = app.Stopped(ends)
        self._tell_running = tell_running
        self._log_file: Path | None = None

    def run(self) -> int:
        """Run to the end; return an exit code, whatever happens: the manager is to be told."""
        try:
            code = self._serve()
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

    def _serve(self) -> int:
        if not self._enrolled(self._config_file.parent):
            return exit_codes.OK
        config = load(self._config_file)
        file = self._log_to(config.state_dir)
        logging.getLogger().setLevel(config.log_level.upper())
        return app.serve(config, self._stopped, lambda: self._tell_started(file))

    def _enrolled(self, folder: Path) -> bool:
        """Enrol first where a package left that to do; return False when all is to end before that has succeeded.

        Meanwhile the service runs: one that can't reach its collector yet has not failed to start.
        """
        if pending_enrolment.load(folder) is None:
            return True
        self._log_to(folder)
        self._tell_running()
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
        self._tell_running()
        _LOG.info("started, version %s", version())
        text = f"The agent started, version {version()}. Configuration: {self._config_file}. Log: {log_file}."
        events.tell(events.STARTED, text)
