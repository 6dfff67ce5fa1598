r"""What the agent's package (MSI) lets the agent do itself, as SYSTEM, in the course of an installation.

`configure` after the files and the service are there, `undo` where the
installation is rolled back, `leave` before the files go. The tables of the
package say what Windows Installer can say; the rest is the same code as
that of `farmsight-agent service install`, so that there is one truth.

Not for people: `python -I -m farmsight_agent.service.windows.package`.
"""

import argparse
import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any, Final

import pywintypes
import win32api
import win32con
import win32event
import win32process

from farmsight_agent import exit_codes, pending_enrolment
from farmsight_agent.clock import SystemClock
from farmsight_agent.identity import IdentityStore
from farmsight_agent.pending_enrolment import Pending
from farmsight_agent.private_files import private_folder
from farmsight_agent.service.manager import ServiceError
from farmsight_agent.service.windows import events

assert sys.platform == "win32"

_GONE_WITHIN_S: Final = 20.0
_SETTINGS: Final = ("collector", "token", "role", "name", "proxy")


def main() -> int:
    """Do what the package asks for; what can't be done is said in the Application log, too."""
    asked = _parser().parse_args()
    folder = Path(os.path.normpath(asked.state_dir))
    try:
        if asked.step == "configure":
            said = configure(folder, _told(asked))
        elif asked.step == "undo":
            said = undo(folder)
        else:
            said = leave(folder, purge=asked.purge.strip() == "1", upgrade=bool(asked.upgraded_by))
    except (OSError, ServiceError) as error:
        events.tell(events.TROUBLE, f"The package could not {asked.step}: {error}")
        sys.stderr.write(f"farmsight-agent: {error}\n")
        return exit_codes.FAULT
    sys.stdout.write(said + "\n")
    return exit_codes.OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="farmsight-agent package")
    parser.add_argument("step", choices=("configure", "undo", "leave"))
    parser.add_argument("--state-dir", required=True)
    for name in (*_SETTINGS, "purge", "upgraded-by"):
        parser.add_argument(f"--{name}", default="")
    return parser


def _told(asked: argparse.Namespace) -> Pending:
    collector, token, role, name, proxy = (str(getattr(asked, name)).strip() for name in _SETTINGS)
    return Pending(collector=collector, token=token, role=role.lower(), name=name, proxy=proxy)


def configure(folder: Path, told: Pending) -> str:
    """Close the state folder to others, settle the service, and leave what is to be enrolled for it.

    An identity that is there stays, with configuration and spool: then
    nothing waits, whatever was told. Raises OSError, ServiceError.
    """
    from farmsight_agent.service.windows.manager import WindowsManager  # noqa: PLC0415 - what only Windows has

    private_folder(folder)
    if told.collector and told.token and not IdentityStore(folder).exists():
        since = SystemClock().now().astimezone(UTC).isoformat(timespec="seconds")
        pending_enrolment.save(folder, replace(told, since=since))
    return WindowsManager().install(folder / "agent.toml", folder)


def undo(folder: Path) -> str:
    """Take back what `configure` left for a server that is not enrolled. Raises OSError."""
    pending_enrolment.remove(folder)
    _forget_unused(folder)
    return "undone"


def leave(folder: Path, *, purge: bool, upgrade: bool) -> str:
    """Wait until the agent's processes have ended; of the state, keep what a later installation goes on with.

    That is all of it in an upgrade. At removal a token that was not used
    goes; with `purge` identity, spool, configuration and log go. Raises OSError.
    """
    _wait_for_the_end()
    if upgrade:
        return "an upgrade: everything stays"
    pending_enrolment.remove(folder)
    if purge:
        _remove(folder)
        return f"{folder} is gone"
    _forget_unused(folder)
    return f"identity, spool and configuration stay in {folder}" if folder.exists() else "nothing stays"


def _forget_unused(folder: Path) -> None:
    """Remove the folder of a server that was never enrolled, and that nobody has configured."""
    if not IdentityStore(folder).exists() and not (folder / "agent.toml").exists():
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove the folder, unless somebody else made it: he could lead SYSTEM to remove what is not the agent's."""
    if folder.exists():
        private_folder(folder)
        shutil.rmtree(folder)


def _wait_for_the_end() -> None:
    """Return when no other process runs from this program's folder: the service says it has stopped before it ends."""
    clock = SystemClock()
    ends = clock.monotonic() + _GONE_WITHIN_S
    for process in _others(Path(sys.executable).parent):
        left_ms = max(0, int((ends - clock.monotonic()) * 1000))
        win32event.WaitForSingleObject(process, left_ms)


def _others(home: Path) -> Iterator[Any]:
    """Yield handles of the other processes whose program lies in a folder, as far as that can be told."""
    access = win32con.PROCESS_QUERY_INFORMATION | win32con.PROCESS_VM_READ | win32con.SYNCHRONIZE
    for pid in win32process.EnumProcesses():
        if pid in {0, os.getpid()}:
            continue
        with contextlib.suppress(pywintypes.error):  # protected, or gone meanwhile
            process = win32api.OpenProcess(access, False, pid)
            if Path(win32process.GetModuleFileNameEx(process, 0)).is_relative_to(home):
                yield process


if __name__ == "__main__":
    sys.exit(main())
