"""The service as the service control manager knows it: made, started, stopped, upgraded in place, removed."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pywintypes
import win32con
import win32service
import winerror

from farmsight_agent.clock import SystemClock
from farmsight_agent.private_files import anybody_may_change, private_folder, program_folders
from farmsight_agent.service.manager import NOT_INSTALLED, RUNNING, STOPPED, ServiceError
from farmsight_agent.service.windows import about, events

assert sys.platform == "win32"

_WAIT_S: Final = 60.0
_STEP_S: Final = 0.1
_RUNS: Final = win32service.SERVICE_RUNNING
_STOPPED: Final = win32service.SERVICE_STOPPED


class WindowsManager:
    """Works through the service control manager."""

    def __init__(self, name: str = about.NAME) -> None:
        """Manage the service of this name."""
        self._name = name
        self._clock = SystemClock()

    def install(self, config: Path, state_dir: Path | None = None) -> str:
        """Make the service, or take one that is there to this program and configuration; a running one runs on.

        `state_dir` is said where the configuration comes later, with the enrolment.
        """
        from farmsight_agent.config import load  # noqa: PLC0415 - the other verbs need no configuration

        config = config.absolute()
        command = _command(config)
        state_dir = state_dir or load(config).state_dir
        try:
            _refuse_open_program()
            private_folder(state_dir)
            events.register()
        except OSError as error:
            raise ServiceError(f"{error}; run in an elevated prompt") from error
        with self._manager(win32service.SC_MANAGER_CREATE_SERVICE) as held:
            existing = self._exists(held)
            ran = existing and self._stopped_for_upgrade(held)
            with self._made(held, command, existing=existing) as service:
                notes = _settle(service)
        done = "upgraded" if existing else "installed"
        if ran:
            return f"{done} the service {self._name}; {self.start()}{notes}"
        return f"{done} the service {self._name}; start it with `farmsight-agent service start`{notes}"

    def state(self) -> str:
        """Return whether the service is there, and runs."""
        with self._manager(win32service.SC_MANAGER_CONNECT) as held:
            if not self._exists(held):
                return NOT_INSTALLED
        with self._opened(win32service.SERVICE_QUERY_STATUS) as service:
            return RUNNING if _status(service)[1] == _RUNS else STOPPED

    def start(self) -> str:
        """Start the service, and return when it runs."""
        with self._opened(win32service.SERVICE_START | win32service.SERVICE_QUERY_STATUS) as service:
            if _status(service)[1] == _RUNS:
                return f"{self._name} runs already"
            win32service.StartService(service, None)
            self._wait(service, _RUNS, "start")
        return f"started {self._name}; it logs to agent.log in the folder `log` of its state folder"

    def stop(self) -> str:
        """Stop the service, and return when it has ended."""
        with self._opened(win32service.SERVICE_STOP | win32service.SERVICE_QUERY_STATUS) as service:
            if _status(service)[1] == _STOPPED:
                return f"{self._name} does not run"
            win32service.ControlService(service, win32service.SERVICE_CONTROL_STOP)
            self._wait(service, _STOPPED, "stop")
        return f"stopped {self._name}"

    def remove(self) -> str:
        """Stop the service and take it away, with its event source."""
        with self._manager(win32service.SC_MANAGER_CONNECT) as held:
            if not self._exists(held):
                return f"there is no service {self._name}; nothing to remove"
        self.stop()
        with self._opened(win32con.DELETE) as service:
            win32service.DeleteService(service)
        events.unregister()
        return f"removed the service {self._name}; configuration and state are left as they are"

    @contextlib.contextmanager
    def _manager(self, access: int) -> Iterator[Any]:
        with _explained("the service control manager"):
            handle = win32service.OpenSCManager(None, None, access | win32service.SC_MANAGER_CONNECT)
            try:
                yield handle
            finally:
                win32service.CloseServiceHandle(handle)

    @contextlib.contextmanager
    def _opened(self, access: int) -> Iterator[Any]:
        with self._manager(win32service.SC_MANAGER_CONNECT) as held, _explained(f"the service {self._name}"):
            handle = win32service.OpenService(held, self._name, access)
            try:
                yield handle
            finally:
                win32service.CloseServiceHandle(handle)

    def _exists(self, held: Any) -> bool:  # noqa: ANN401 - pywin32's handles have no type
        try:
            handle = win32service.OpenService(held, self._name, win32service.SERVICE_QUERY_STATUS)
        except pywintypes.error as error:
            if error.winerror == winerror.ERROR_SERVICE_DOES_NOT_EXIST:
                return False
            raise
        win32service.CloseServiceHandle(handle)
        return True

    def _stopped_for_upgrade(self, held: Any) -> bool:  # noqa: ANN401
        """Stop the service if it runs: its program is about to be another one. Return whether it ran."""
        handle = win32service.OpenService(held, self._name, win32service.SERVICE_QUERY_STATUS)
        try:
            runs = bool(_status(handle)[1] != _STOPPED)
        finally:
            win32service.CloseServiceHandle(handle)
        if runs:
            self.stop()
        return runs

    @contextlib.contextmanager
    def _made(self, held: Any, command: str, *, existing: bool) -> Iterator[Any]:  # noqa: ANN401
        kind, start, weight = (
            win32service.SERVICE_WIN32_OWN_PROCESS,
            win32service.SERVICE_AUTO_START,
            win32service.SERVICE_ERROR_NORMAL,
        )
        if existing:
            access = win32service.SERVICE_CHANGE_CONFIG | win32service.SERVICE_START
            handle = win32service.OpenService(held, self._name, access)
            win32service.ChangeServiceConfig(
                handle, kind, start, weight, command, None, False, None, "LocalSystem", None, about.DISPLAY_NAME
            )
        else:
            handle = win32service.CreateService(
                held, self._name, about.DISPLAY_NAME, win32service.SERVICE_ALL_ACCESS, kind, start, weight,
                command, None, False, None, None, None,
            )  # fmt: skip
        try:
            yield handle
        finally:
            win32service.CloseServiceHandle(handle)

    def _wait(self, service: Any, wanted: int, what: str) -> None:  # noqa: ANN401
        """Return when the service is in the state; raises ServiceError when it ends otherwise, or takes too long."""
        ends = self._clock.monotonic() + _WAIT_S
        while self._clock.monotonic() < ends:
            status = _status(service)
            if status[1] == wanted:
                return
            if wanted == _RUNS and status[1] == _STOPPED:
                code = status[4] or status[3]
                raise ServiceError(
                    f"{self._name} ended at once (code {code}); its log and the Application event log say why,"
                    " and so does `farmsight-agent doctor`"
                )
            time.sleep(_STEP_S)
        raise ServiceError(f"{self._name} did not {what} within {_WAIT_S:g} s; see its log")


def _status(service: Any) -> tuple[int, ...]:  # noqa: ANN401
    found: Any = win32service.QueryServiceStatus(service)  # a tuple, whatever its stub says
    return tuple(found)


def _refuse_open_program() -> None:
    """Raise ServiceError where everybody may change the program that is to run as LocalSystem, OSError."""
    for folder in program_folders():
        if found := anybody_may_change(folder):
            raise ServiceError(
                f"{folder} may be changed by {', '.join(found)}: whoever does so would act as LocalSystem;"
                r" install farmsight below C:\Program Files, or take the right away"
                " (icacls FOLDER /inheritance:d, then /remove)"
            )


def _command(config: Path) -> str:
    """Return the command line that the manager runs. Raises ServiceError in a virtual environment.

    Its python.exe only starts another one, and the manager waits for the
    first to answer.
    """
    if sys.prefix != sys.base_prefix:
        raise ServiceError(
            f"{sys.prefix} is a virtual environment, whose python.exe can't be a service;"
            " install farmsight into a Python of its own"
        )
    return subprocess.list2cmdline([sys.executable, "-I", "-m", about.PROCESS, "--config", str(config)])


def _settle(service: Any) -> str:  # noqa: ANN401
    """Set what can't be said when a service is made; return a remark for what this system does not take."""
    restarts = [(win32service.SC_ACTION_RESTART, delay) for delay in about.RESTARTS_AFTER_MS]
    failures = {"ResetPeriod": about.FAILURES_FORGOTTEN_AFTER_S, "RebootMsg": "", "Command": "", "Actions": restarts}
    settings: tuple[tuple[str, int, object], ...] = (
        ("description", win32service.SERVICE_CONFIG_DESCRIPTION, about.DESCRIPTION),
        ("restart after a failure", win32service.SERVICE_CONFIG_FAILURE_ACTIONS, failures),
        ("restart after an error", win32service.SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, True),
        ("delayed start", win32service.SERVICE_CONFIG_DELAYED_AUTO_START_INFO, True),
        ("privileges", win32service.SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, list(about.PRIVILEGES)),
        ("time to stop at shutdown", win32service.SERVICE_CONFIG_PRESHUTDOWN_INFO, about.STOPS_WITHIN_MS),
    )
    refused = [name for name, level, value in settings if not _set(service, level, value)]
    return f" (not taken by this system: {', '.join(refused)})" if refused else ""


def _set(service: Any, level: int, value: object) -> bool:  # noqa: ANN401
    try:
        win32service.ChangeServiceConfig2(service, level, value)
    except pywintypes.error as error:
        if error.winerror != winerror.ERROR_INVALID_LEVEL:
            raise
        return False
    return True


@contextlib.contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn an error of the manager into a ServiceError that says what to do."""
    remedies: dict[int, str] = {
        winerror.ERROR_ACCESS_DENIED: "run in an elevated prompt",
        winerror.ERROR_SERVICE_DOES_NOT_EXIST: "install it first: `farmsight-agent service install`",
        winerror.ERROR_SERVICE_MARKED_FOR_DELETE: "close what holds it open (services.msc), then try again",
    }
    try:
        yield
    except pywintypes.error as error:
        remedy = remedies.get(error.winerror, "see the System event log")
        raise ServiceError(f"{what}: {error.strerror} ({error.winerror}); {remedy}") from error
