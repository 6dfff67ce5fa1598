"""Programs that print for machines, run with a time limit and without a language."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from typing import Final

from farmsight_agent.outcome import DeniedError, FailedError, TimedOutError, UnavailableError

TIMEOUT_S: Final = 10
MAX_OUTPUT: Final = 4 * 1024 * 1024
_PLACES: Final = "/usr/sbin:/usr/bin:/sbin:/bin"


def run(*command: str, allowed: Sequence[int] = (0,)) -> str:
    """Return what a program printed; raises why there is no answer."""
    program = shutil.which(command[0], path=_PLACES)
    if program is None:
        raise UnavailableError("program-missing", command[0])
    try:
        done = subprocess.run(
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
            env={"PATH": _PLACES, "LC_ALL": "C", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""},
            cwd=os.sep,
        )
    except subprocess.TimeoutExpired as error:
        raise TimedOutError("program-too-slow", " ".join(command)) from error
    except PermissionError as error:
        raise DeniedError("program-not-allowed", str(error)) from error
    except OSError as error:
        raise FailedError("program-failed", str(error)) from error
    if done.returncode not in allowed:
        said = done.stderr[:300].decode("utf-8", "replace").strip()
        raise FailedError("program-failed", f"{' '.join(command)}: exit {done.returncode}: {said}")
    return done.stdout[:MAX_OUTPUT].decode("utf-8", "replace")
