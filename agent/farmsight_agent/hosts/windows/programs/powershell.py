"""Windows PowerShell, started once for a fixed script of this package.

Why this way:

- The program in the system's own folder, never one that PATH finds. The
  modules of AD FS and of the proxy are Windows PowerShell's (4 and 5.1), so a
  newer shell beside it is not asked.
- `-Command` with the script's text. `-File` is refused where a policy wants
  every script signed (such a policy does not hold for text), and an encoded
  command is what attackers use: defenders raise an alarm at it, and nobody
  could read in an event log what ran. The text holds no double quotes and is
  shorter than a command line may be.
- The execution policy RemoteSigned, for this process alone: else the
  modules' own format files are refused where it is Restricted. More is not
  needed. Where a group policy sets one, that stands.
- No profile, no window, no standard input (PowerShell would wait for its
  end), an environment of the system's own values: no module, profiler or
  policy can come in by a variable.
- Errors as text, since PowerShell writes objects into a pipe otherwise.

That text on a command line runs under AllSigned and in Constrained Language,
and that the formats above are so in versions 4 and 5.1, is by documentation
(about_Execution_Policies, about_Language_Modes, about_PowerShell_exe), not
tried here.
"""

import os
import subprocess
import sys
from typing import Final

import win32api

from farmsight_agent.hosts.windows.programs import bounded_process
from farmsight_agent.hosts.windows.programs.powershell_text import LIMIT_S, MOST_BYTES
from farmsight_agent.hosts.windows.programs.program_output import Printed
from farmsight_agent.outcome import DeniedError, FailedError, UnavailableError

assert sys.platform == "win32"  # what it stands on is there only

_PLACE: Final = r"WindowsPowerShell\v1.0"
_OPTIONS: Final = (
    "-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "RemoteSigned",
    "-InputFormat", "None", "-OutputFormat", "Text", "-Command",
)  # fmt: skip
_MOST_MEMORY: Final = 1024 * 1024 * 1024
_BLOCKED: Final = 1260  # ERROR_ACCESS_DISABLED_BY_POLICY: a policy of software restriction
# What .NET and the modules look for; the rest of the agent's environment stays here.
_PASSED_ON: Final = (
    "ALLUSERSPROFILE", "APPDATA", "COMPUTERNAME", "CommonProgramFiles", "LOCALAPPDATA", "NUMBER_OF_PROCESSORS", "OS",
    "PROCESSOR_ARCHITECTURE", "ProgramData", "ProgramFiles", "SystemDrive", "TEMP", "TMP", "USERDOMAIN", "USERNAME",
    "USERPROFILE",
)  # fmt: skip


def run(script: str, *, limit_s: float = LIMIT_S, most: int = MOST_BYTES) -> Printed:
    """Return what a script of this package prints, up to a bound of time and size.

    Past a bound the whole tree of processes is ended. Raises UnavailableError
    where there is no PowerShell, DeniedError where a policy forbids it,
    FailedError where it does not start.
    """
    return bounded_process.printed(
        lambda: _started(script), limit_s=limit_s, most=most, memory=_MOST_MEMORY, processor_s=int(LIMIT_S)
    )


def _started(script: str) -> "subprocess.Popen[bytes]":
    system = win32api.GetSystemDirectory()
    program = rf"{system}\{_PLACE}\powershell.exe"
    try:
        return subprocess.Popen(
            [program, *_OPTIONS, script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=system,
            env=_environment(system),
            creationflags=subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS,
        )
    except FileNotFoundError as error:
        raise UnavailableError("powershell-missing", program) from error
    except OSError as error:
        denied = isinstance(error, PermissionError) or error.winerror == _BLOCKED
        kind = DeniedError if denied else FailedError
        raise kind("powershell-not-started", f"{program}: error {error.winerror}") from error


def _environment(system: str) -> dict[str, str]:
    windows = win32api.GetWindowsDirectory()
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed | {
        "SystemRoot": windows,
        "windir": windows,
        "ComSpec": rf"{system}\cmd.exe",
        "PATH": rf"{system};{windows};{system}\Wbem;{system}\{_PLACE}",
        "PATHEXT": ".COM;.EXE",
        "PSModulePath": rf"{system}\{_PLACE}\Modules",
    }
