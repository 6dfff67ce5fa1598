"""An enrolment that waits: what a package was told at installation, tried by the service until it succeeds.

A package is installed on many servers at once, before the collector is
reached from each of them. So what it was told lies in a file beside the
identity, which SYSTEM and Administrators alone read; it is gone once the
server is enrolled.
"""

import json
import logging
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from farmsight_agent.clock import Clock
from farmsight_agent.identity import IdentityStore
from farmsight_agent.private_files import write_private

_LOG: Final = logging.getLogger(__name__)
FILE: Final = "enrolment.pending"  # in the state folder
_MOST_BYTES: Final = 64 * 1024
_LONGEST_TEXT: Final = 2000
_AT_FIRST_S, _AT_MOST_S, _LOOKS_EVERY_S = 5.0, 600.0, 2.0
_ATTEMPT_WITHIN_S: Final = 180.0
_ENROLL: Final = (sys.executable, "-I", "-m", "farmsight_agent.cli", "enroll")
_CLEANED: Final = "farmsight-agent: "


@dataclass(frozen=True, kw_only=True)
class Pending:
    """What is to be done, and what came of it so far. An empty text: not said."""

    collector: str
    token: str
    role: str = ""
    name: str = ""
    proxy: str = ""
    since: str = ""
    attempts: int = 0
    last_attempt: str = ""
    last_error: str = ""


def load(state_dir: Path) -> Pending | None:
    """Return the enrolment that waits in a state folder, None when none does; raises OSError.

    A file that can't be understood waits, too, with nothing to try: it says so.
    """
    path = state_dir / FILE
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(_MOST_BYTES))
    except FileNotFoundError:
        return None
    except ValueError:
        values = None
    try:
        return Pending(**values)
    except TypeError:
        return Pending(collector="", token="", last_error=f"{path} can't be understood; remove it, and enroll by hand")


def save(state_dir: Path, pending: Pending) -> None:
    """Write what is to be done, for SYSTEM and Administrators alone. Raises OSError."""
    write_private(state_dir / FILE, json.dumps(asdict(pending), indent=1).encode())


def remove(state_dir: Path) -> None:
    """Forget it, the token with it. Raises OSError."""
    (state_dir / FILE).unlink(missing_ok=True)


def settle(state_dir: Path, clock: Clock, within: Callable[[float], bool]) -> bool:
    """Try until this server is enrolled, whoever did that; return whether it is.

    `within` waits for so many seconds and returns whether all is to end:
    then, or when the file was taken away, this ends, too.
    """
    delay = _AT_FIRST_S
    while (pending := load(state_dir)) is not None:
        if IdentityStore(state_dir).exists() or _attempt(state_dir, pending, clock):
            remove(state_dir)
            return True
        ends = clock.monotonic() + delay * random.uniform(0.75, 1.25)  # servers that were installed together
        while clock.monotonic() < ends and not IdentityStore(state_dir).exists():
            if within(_LOOKS_EVERY_S):
                return False
        delay = min(delay * 2, _AT_MOST_S)
    return IdentityStore(state_dir).exists()


def _attempt(state_dir: Path, pending: Pending, clock: Clock) -> bool:
    """Try once and note what came of it; return whether the server is enrolled now."""
    error = _enroll(state_dir, pending) if pending.collector else pending.last_error
    if not error:
        _compare(state_dir, pending)
        return True
    _LOG.warning("not enrolled yet, and tried again within ten minutes: %s", error)
    now = clock.now().astimezone(UTC).isoformat(timespec="seconds")
    if pending.collector:
        save(state_dir, replace(pending, attempts=pending.attempts + 1, last_attempt=now, last_error=error))
    return False


def _enroll(state_dir: Path, pending: Pending) -> str:
    """Run `farmsight-agent enroll` and return why it failed, "" when it did not.

    As a child: the running agent does without the memory that first contact
    takes. The token goes through its standard input, where no list of
    processes shows it.
    """
    told = [("--collector", pending.collector), ("--name", pending.name), ("--proxy", pending.proxy)]
    arguments = [part for name, value in told if value for part in (name, value)]
    command = [*_ENROLL, "--token", "-", *arguments, "--state-dir", str(state_dir)]
    try:
        done = subprocess.run(
            command, input=f"{pending.token}\n".encode(), capture_output=True, timeout=_ATTEMPT_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"enroll could not be run to its end: {type(error).__name__}"
    said = done.stderr.decode("utf-8", errors="replace")
    for line in done.stdout.decode("utf-8", errors="replace").splitlines():
        _LOG.info("%s", line[:_LONGEST_TEXT])
    if done.returncode == 0:
        return ""
    reason = said[said.rfind(_CLEANED) :].removeprefix(_CLEANED).strip() or f"exit code {done.returncode}"
    shown = reason.replace(pending.token, "fs1....") if pending.token else reason
    return " ".join(shown.split())[:_LONGEST_TEXT]


def _compare(state_dir: Path, pending: Pending) -> None:
    member = IdentityStore(state_dir).membership()
    if member is not None and pending.role and member.role != pending.role:
        _LOG.warning(
            "the package was told ROLE=%s, and the token made %s a %s: what the collector says holds;"
            " if it should not, revoke the agent there and enroll it with another token",
            pending.role[:20],
            member.server,
            member.role,
        )


def describe(pending: Pending) -> str:
    """Return for people what waits since when, and why the last attempt failed."""
    if not pending.collector:
        return pending.last_error
    tried = (
        f"tried {pending.attempts} times, last {_shown(pending.last_attempt)}" if pending.attempts else "not tried yet"
    )
    why = f": {pending.last_error}" if pending.last_error else ""
    return f"not enrolled yet with {pending.collector}; waits since {_shown(pending.since)}, {tried}{why}"


def _shown(text: str) -> str:
    try:
        return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return "(not told)"
