"""What every build of a package needs: the tree it is of, its instant, and programs that say what went wrong."""

import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
_WITHOUT_HISTORY: Final = 1_700_000_000  # of a tree that is no checkout: a fixed instant rather than today
_TIMEOUT_S: Final = 900


class BuildError(Exception):
    """The package can't be built; the text says why and what to do."""


def built_at() -> datetime:
    """Return the instant that everything in a package carries: SOURCE_DATE_EPOCH, else that of the last commit.

    https://reproducible-builds.org/specs/source-date-epoch/
    """
    told = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not told:
        asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
        try:
            told = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=True).stdout.strip()
        except (OSError, subprocess.SubprocessError):
            told = str(_WITHOUT_HISTORY)
    return datetime.fromtimestamp(int(told), UTC)


def run(*command: str | Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """Run a program of the build and return what it said. Raises BuildError with its own words."""
    try:
        done = subprocess.run(
            command, cwd=cwd, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", timeout=_TIMEOUT_S, check=False,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise BuildError(f"{command[0]} is not installed; `sh tests/setup.sh` installs what the build needs") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"{command[0]}: {error}") from error
    if done.returncode:
        raise BuildError(f"{command[0]} ended with {done.returncode}: {done.stdout.strip()[-2000:]}")
    return done.stdout
