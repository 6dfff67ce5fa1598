"""netsh.exe, for what Windows tells in no other way: run with a time limit, its text read in any display language.

The readers are those of captured files. netsh writes the OEM code page into
a pipe (there is no console whose own page it could take).
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import win32api

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.intake.decoding import printed
from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.windows.programs import bounded_process
from farmsight_agent.outcome import DeniedError, FailedError, TimedOutError, UnavailableError

assert sys.platform == "win32"  # what it stands on is there only

T = TypeVar("T")

TIMEOUT_S: Final = 7  # four of them fit into a probe's deadline of 30 s
MAX_OUTPUT: Final = 8 * 1024 * 1024
_MOST_MEMORY: Final = 512 * 1024 * 1024


def shown(parse: Callable[[Text], Seen[T]], *arguments: str) -> Seen[T]:
    """Return what a reader makes of a command's output; raises what the reader raises, and why there is no output."""
    data = _run(arguments)
    text, encoding = _decoded(data)
    seen = parse(Text(name=" ".join(("netsh", *arguments)), text=text, encoding=encoding))
    return Seen(values=seen.values, source="netsh")


def _run(arguments: tuple[str, ...]) -> bytes:
    said = " ".join(("netsh", *arguments))
    printed = bounded_process.printed(
        lambda: _started(arguments), limit_s=TIMEOUT_S, most=MAX_OUTPUT, memory=_MOST_MEMORY, processor_s=TIMEOUT_S
    )
    if printed.cut == "time":
        raise TimedOutError("netsh-too-slow", f"over {TIMEOUT_S} s: {said}")
    if printed.cut == "size":
        raise FailedError("too-large", f"{said} printed over {MAX_OUTPUT} bytes")
    if printed.exit_code:
        words = _decoded((printed.stdout or printed.stderr)[:300])[0].strip()
        raise FailedError("netsh-failed", f"{said}: exit {printed.exit_code}: {words}")
    return printed.stdout


def _started(arguments: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    system = Path(win32api.GetSystemDirectory())
    command = [str(system / "netsh.exe"), *arguments]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=str(system),
            env={**os.environ, "PATH": str(system)},
            creationflags=subprocess.CREATE_NO_WINDOW,
        )
    except FileNotFoundError as error:
        raise UnavailableError("netsh-missing", str(error)) from error
    except PermissionError as error:
        raise DeniedError("netsh-not-allowed", str(error)) from error
    except OSError as error:
        raise FailedError("netsh-failed", str(error)) from error


def _decoded(data: bytes) -> tuple[str, str]:
    """Return the text of an output; bytes that are not of the OEM code page are looked at as a file's are."""
    try:
        return data.decode("oem"), "oem"
    except UnicodeDecodeError:
        return printed(data)
