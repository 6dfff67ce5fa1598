"""One pretend Windows Server: a Wine prefix that is booted, given files, asked things, and stopped."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.windows.bed.compile import program
from tests.windows.bed.places import CACHE, loader, server

FOLDER: Final = r"C:\farmsight"
PYTHON: Final = rf"{FOLDER}\python.exe"
STANDINS: Final = r"C:\standins"
SERVER_FOLDER: Final = "wineserver"  # Debian's Wine writes there which temporary folder its server took
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR", "USER", "LOGNAME")
_OVERRIDES: Final = "mscoree=;mshtml=;winemenubuilder.exe="
# Stays up until its standard input ends: Wine kills services when the last ordinary process goes.
_ANCHOR: Final = "import sys; print('up', flush=True); sys.stdin.read()"
_EXIT_CODE: Final = (
    "import subprocess, sys\n"
    "done = subprocess.run(sys.argv[1:], capture_output=True, stdin=subprocess.DEVNULL)\n"
    "sys.stderr.buffer.write(done.stdout + done.stderr)\n"
    "print(done.returncode)"
)

STARTS = 4
NEVER_STARTED = b"ShellExecuteEx failed"  # Wine, on a busy machine, of a program that has run before and will again


class WineError(Exception):
    """Something on the pretend server failed; the text says what is known of it."""


@cache
def _hiding_roots() -> tuple[str, ...]:
    """Return how to start a program that does not see this machine's trusted authorities; () where that can't be done.

    Wine adds /etc/ssl/certs to every ROOT store, and again when a test deletes one.
    """
    empty = CACHE / "no-authorities"
    empty.mkdir(parents=True, exist_ok=True)
    inside = ("sh", "-c", 'mount --bind "$0" /etc/ssl/certs && exec "$@"', str(empty))
    for namespaces in (("unshare", "-m"), ("unshare", "-rm")):
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            tried = subprocess.run([*namespaces, *inside, "true"], capture_output=True, timeout=30, check=False)
            if tried.returncode == 0:
                return (*namespaces, *inside)
    return ()


class WineHost:
    """A pretend Windows Server in one prefix; as a context manager it is booted inside the block."""

    def __init__(self, prefix: Path, environment: Mapping[str, str] | None = None) -> None:
        """Nothing runs yet. `environment` is added to that of every program."""
        self.prefix = prefix
        self.drive_c = prefix / "drive_c"
        self.roots_hidden = bool(_hiding_roots())
        self._anchor: subprocess.Popen[bytes] | None = None
        home = CACHE / "home"
        home.mkdir(parents=True, exist_ok=True)
        self.environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | {
            "HOME": str(home),  # Wine links Documents and the like to the home folder
            "WINEPREFIX": str(prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": os.environ.get("WINEDEBUG", "-all"),
            "WINEDLLOVERRIDES": _OVERRIDES,
            **(environment or {}),
        }

    # -- life

    def __enter__(self) -> Self:
        """Boot."""
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop everything; what went wrong inside goes out with what is known of the host."""
        if error is not None and not isinstance(error, (KeyboardInterrupt, GeneratorExit)):
            error.add_note(self.state())
        self.stop()

    def start(self, within_s: float = 90) -> Self:
        """Boot: services that start with the system are started; raise WineError when that takes too long."""
        self._anchor = self.spawn(PYTHON, "-c", _ANCHOR)
        up: list[bytes] = []
        assert self._anchor.stdout is not None
        reader = threading.Thread(
            target=lambda out: up.append(out.readline()), args=(self._anchor.stdout,), daemon=True
        )
        reader.start()
        reader.join(within_s)
        if not up or not up[0].startswith(b"up"):
            told = self.state()
            self.stop()
            raise WineError(f"not booted within {within_s} s; {told}")
        return self

    def stop(self, within_s: float = 30) -> None:
        """End every process of this prefix."""
        if self._anchor is not None:
            assert self._anchor.stdin is not None
            self._anchor.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._anchor.wait(5)
        self._server("-k")
        self._server("-w", within_s)
        if self._anchor is not None:
            self._anchor.wait(within_s)
            for pipe in (self._anchor.stdout, self._anchor.stderr):
                if pipe is not None:
                    pipe.close()
        self._anchor = None

    def remove(self) -> None:
        """Take the prefix of a stopped host away."""
        with contextlib.suppress(OSError):
            name = (self.prefix / SERVER_FOLDER).read_text(encoding="ascii").strip()
            if name.startswith("wine-") and "/" not in name:
                shutil.rmtree(Path(tempfile.gettempdir()) / name, ignore_errors=True)
        shutil.rmtree(self.prefix, ignore_errors=True)

    def settle(self, within_s: float = 120) -> None:
        """Wait until no process of this prefix runs any more, and the registry is written."""
        self._server("-w", within_s)

    def _server(self, option: str, within_s: float = 30) -> None:
        subprocess.run(
            [server(), option],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=within_s,
            check=False,
        )

    def state(self) -> str:
        """Return what helps to understand a failure: the anchor, the processes, the load."""
        anchor = (
            "none"
            if self._anchor is None
            else "up"
            if self._anchor.poll() is None
            else f"ended with {self._anchor.returncode}"
        )
        processes = ", ".join(f"{pid} {line}" for pid, line in sorted(self.processes().items()))
        return (
            f"host {self.prefix.name}: anchor {anchor}, load {os.getloadavg()[0]:.1f}, processes: {processes or 'none'}"
        )

    def processes(self) -> dict[int, str]:
        """Return the command lines of this prefix's processes by their pid on this machine."""
        found = {}
        mark = f"WINEPREFIX={self.prefix}\0".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (folder / "environ").read_bytes() + b"\0":
                    found[int(folder.name)] = (
                        (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                    )
        return found

    # -- programs

    def spawn(self, *argv: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a program with pipes, and don't wait: with a file as output, Python does not start under Wine 8."""
        return subprocess.Popen(
            [*_hiding_roots(), loader(), *argv],
            env={**self.environment, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if self._anchor is not None else subprocess.DEVNULL,
            start_new_session=True,
        )

    def run(
        self,
        *argv: str,
        timeout: float = 60,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program to its end; its return code is the low byte of the exit code. Raise WineError when it fails."""
        began = time.monotonic()
        command = [*_hiding_roots(), loader(), *argv]
        surroundings = {**self.environment, **(environment or {})}
        try:
            for _ in range(STARTS):
                done = subprocess.run(
                    command, env=surroundings, input=stdin, capture_output=True, timeout=timeout, check=False
                )
                if NEVER_STARTED not in done.stdout:
                    break
        except subprocess.TimeoutExpired as error:
            raise WineError(
                f"{argv} took more than {timeout} s; {_told(error.stdout, error.stderr)}; {self.state()}"
            ) from None
        if check and done.returncode:
            took = f"{time.monotonic() - began:.1f} s"
            raise WineError(
                f"{argv} ended with {done.returncode} after {took}; {_told(done.stdout, done.stderr)}; {self.state()}"
            )
        return done

    def python(
        self, *argv: str, timeout: float = 60, stdin: bytes = b"", check: bool = True
    ) -> subprocess.CompletedProcess[bytes]:
        """Run the pretend server's Python with these arguments."""
        return self.run(PYTHON, "-X", "utf8", *argv, timeout=timeout, stdin=stdin, check=check)

    def code(self, source: str, *argv: str, timeout: float = 60) -> str:
        """Run a piece of Python there and return what it printed."""
        return self.python("-c", source, *argv, timeout=timeout).stdout.decode().replace("\r\n", "\n")

    def agent(self, *argv: str, timeout: float = 120, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """Run a verb of `farmsight-agent` there."""
        return self.python("-m", "farmsight_agent.cli", *argv, timeout=timeout, check=check)

    def exit_code(self, *argv: str, timeout: float = 60) -> int:
        """Run a program there and return its whole exit code, which a Linux process can't pass on."""
        return int(self.code(_EXIT_CODE, *argv, timeout=timeout))

    def wait_for(self, what: str, condition: Callable[[], object], within_s: float = 60) -> object:
        """Return the condition's first true value; raise WineError when it has none in time."""
        ends = time.monotonic() + within_s
        while not (value := condition()):
            if time.monotonic() > ends:
                raise WineError(f"{what}: not within {within_s} s; {self.state()}")
            time.sleep(0.05)
        return value

    # -- files, registry, stand-ins

    def path(self, windows: str) -> Path:
        """Return where a file of drive C lies on this machine."""
        return self.drive_c / windows.partition(":")[2].lstrip("\\").replace("\\", "/")

    def put(self, windows: str, data: bytes | str) -> Path:
        """Write a file; one that stands there is replaced, never written into: clones share files with the template."""
        file = self.path(windows)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)
        return file

    def put_file(self, windows: str, source: Path) -> Path:
        """Copy a file of this machine there, in place of one that may stand there."""
        return self.put(windows, source.read_bytes())

    def registry(self, text: str) -> None:
        """Import the text of a .reg file."""
        self.put(
            r"C:\windows\temp\seed.reg", "\ufeff".encode("utf-16-le") + text.replace("\n", "\r\n").encode("utf-16-le")
        )
        self.run("reg.exe", "import", r"C:\windows\temp\seed.reg", timeout=120)

    def override(self, dll: str) -> None:
        """Let Wine take a DLL that a test put there before its own of that name. For a host that is not started."""
        self.environment["WINEDLLOVERRIDES"] += f";{dll}=n"

    def stand_in(self, windows: str, rules: str, answers: Mapping[str, bytes] | None = None) -> None:
        """Put the canned program in place of another, with its rules and the files that they name (see canned.c)."""
        self.put_file(windows, program("canned.c"))
        name = windows.rpartition("\\")[2].lower().removesuffix(".exe")
        self.put(rf"{STANDINS}\{name}.txt", rules)
        for file, data in (answers or {}).items():
            self.put(rf"{STANDINS}\{file}", data)

    def calls(self) -> list[tuple[str, str]]:
        """Return the calls of canned programs: name and command line."""
        log = self.path(rf"{STANDINS}\calls.log")
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
        return [(name, command) for name, _, command in (line.partition("\t") for line in lines)]

    def forget_revocation(self) -> None:
        """Empty CryptoAPI's URL caches: Wine remembers a certificate's revocation wrongly from its second check on."""
        for cached in self.drive_c.glob("users/*/AppData/LocalLow/Microsoft/CryptnetUrlCache"):
            shutil.rmtree(cached)


def _told(out: bytes | None, err: bytes | None) -> str:
    return f"stdout: {(out or b'').decode(errors='replace')}; stderr: {(err or b'').decode(errors='replace')}"
