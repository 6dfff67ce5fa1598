"""A Debian or Ubuntu of its own, booted: its systemd as process 1, its own network, nothing of this machine's.

It needs root, mmdebstrap and a package mirror once; no container engine.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

CACHE: Final = Path(__file__).parents[2] / "build/booted"
# Each with its components; mmdebstrap knows whose suite it is and where it is had.
SUITES: Final = {"bookworm": "main", "trixie": "main", "jammy": "main,universe", "noble": "main,universe"}
# What a server of its kind has; jammy's own Python is 3.10, and 3.11 stands beside it.
INCLUDED: Final = "systemd,systemd-sysv,dbus,adduser,ca-certificates,procps,init-system-helpers"
PYTHON: Final = {"jammy": "python3.11"}
_BOOTS_WITHIN_S: Final = 120.0


class BootError(Exception):
    """It could not be made or booted; the text says why."""


def missing() -> str:
    """Return why nothing can be booted here, "" when it can."""
    if os.name == "nt" or os.geteuid() != 0:
        return "needs root"
    absent = [name for name in ("mmdebstrap", "unshare", "nsenter", "ip", "pivot_root") if shutil.which(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


def image(suite: str) -> Path:
    """Return the archive of a fresh system, made once. Raises BootError."""
    made = CACHE / f"{suite}.tar"
    if not made.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        beside = made.with_suffix(".new.tar")
        # A Debian has none of Ubuntu's keys: mmdebstrap refuses jammy and noble there, and makes them on an Ubuntu.
        done = subprocess.run(
            ["mmdebstrap", "--variant=minbase", f"--components={SUITES[suite]}",
             f"--include={INCLUDED},{PYTHON.get(suite, 'python3')}", suite, str(beside)],
            capture_output=True, text=True, check=False, timeout=1800,
        )  # fmt: skip
        if done.returncode:
            raise BootError(f"mmdebstrap {suite}: {done.stderr.strip()[-1500:]}")
        beside.replace(made)
    return made


class Booted:
    """One running system; a context manager, and nothing of it is left."""

    def __init__(self, suite: str) -> None:
        """Say which; it is made and booted on entry."""
        self.suite = suite
        self._stack = contextlib.ExitStack()
        self._init = 0

    def __enter__(self) -> Self:
        archive = image(self.suite)
        self.root = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="farmsight-booted-")))
        subprocess.run(["tar", "-C", str(self.root), "-xf", str(archive)], check=True, timeout=300)
        self.root.chmod(0o755)
        try:
            self._boot()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def _boot(self) -> None:
        group = _group()
        self._stack.callback(_remove_groups, group)
        # The shell moves itself, so that the new cgroup namespace begins at a group of its own.
        command = (
            'echo $$ > "$1/cgroup.procs"; exec unshare --mount --pid --fork --kill-child --uts --ipc --net --cgroup'
            ' sh "$2" "$3"'
        )
        boot = Path(__file__).with_name("boot.sh")
        process = subprocess.Popen(
            ["sh", "-c", command, "sh", str(group), str(boot), str(self.root)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        self._stack.callback(_end, process)
        until = time.monotonic() + _BOOTS_WITHIN_S
        state = ""
        while time.monotonic() < until:
            if process.poll() is not None:
                raise BootError(f"{self.suite} did not boot: {process.stderr.read() if process.stderr else ''}")
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            self._init = int(children[0]) if children else 0
            if self._init and Path(f"/proc/{self._init}/comm").read_text().strip() == "systemd":
                state = self.run("systemctl", "is-system-running", check=False).stdout.strip()
                if state in {"running", "degraded"}:
                    return
            time.sleep(0.5)
        raise BootError(f"{self.suite} is {state or 'not there'} after {_BOOTS_WITHIN_S:g} s")

    def run(self, *command: str, check: bool = True, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program in it as root. Raises BootError with its words when it fails and `check` is set."""
        done = subprocess.run(
            ["nsenter", "-t", str(self._init), "-m", "-p", "-u", "-i", "-n", "-C", "env", "-i",
             "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", *command],
            input=given if given is not None else "", capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise BootError(
                f"{' '.join(command)} ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        return done

    def shell(self, script: str) -> str:
        """Run a shell's script in it as root and return what it printed. Raises BootError."""
        return self.run("sh", "-ec", script).stdout

    def until(self, what: str, script: str, within_s: float = 180.0) -> str:
        """Return what the script prints as soon as it succeeds. Raises BootError naming `what`, with its last words."""
        end = time.monotonic() + within_s
        while True:
            done = self.run("sh", "-ec", script, check=False)
            if done.returncode == 0:
                return done.stdout
            if time.monotonic() > end:
                raise BootError(f"{what}: not within {within_s:g} s: {done.stdout[-1000:]}{done.stderr[-1000:]}")
            time.sleep(1.0)

    def put(self, file: Path, folder: str) -> str:
        """Copy a file into a folder of it; returns its path there."""
        target = self.root / folder.lstrip("/") / file.name
        shutil.copyfile(file, target)
        return f"{folder}/{file.name}"


def _group() -> Path:
    mounts = (line.split() for line in Path("/proc/mounts").read_text().splitlines())
    for _, place, kind, *_ in mounts:
        if kind == "cgroup2":
            group = Path(place) / f"farmsight-booted-{os.getpid()}"
            group.mkdir()
            return group
    raise BootError("no cgroup2 is mounted here: a systemd can't be booted")


def _remove_groups(group: Path) -> None:
    for _ in range(50):  # what was killed leaves its group when the kernel comes to it
        for folder in sorted((one for one in group.rglob("*") if one.is_dir()), reverse=True):
            with contextlib.suppress(OSError):
                folder.rmdir()
        with contextlib.suppress(OSError):
            group.rmdir()
            return
        time.sleep(0.2)


def _end(process: subprocess.Popen[str]) -> None:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    with contextlib.suppress(OSError, ValueError):
        for child in children.read_text().split():
            os.kill(int(child), 9)  # process 1 of its namespace: the rest goes with it
    process.kill()
    process.wait(30)
