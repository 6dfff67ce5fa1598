"""A release as it is installed: its own Python environment, and its two programs."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from typing import Any, Final

FARM: Final = "sts.contoso.com"
SERVER: Final = "WAP01"
_TIMEOUT_S: Final = 300


class CompatError(Exception):
    """One release does not do what the other needs; the text says what."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """A version, and the interpreter of the environment that it is installed in."""

    version: str
    python: Path

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `python -m ...` of the release. Raises CompatError with its own words."""
        done = subprocess.run(
            [str(self.python), "-m", *arguments], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False,
            env=_environment(),
        )  # fmt: skip
        if check and done.returncode:
            raise CompatError(
                f"{self.version}: {' '.join(arguments)} ended with {done.returncode}: {done.stderr[-3000:]}"
            )
        return done

    def collector(self, *arguments: str) -> dict[str, Any]:
        """Run a verb of its farmsight-collector and return the JSON that it printed. Raises CompatError."""
        told: dict[str, Any] = json.loads(self.run("farmsight_collector.cli.collector", *arguments, "--json").stdout)
        return told

    def asked(self, data: Path, *arguments: str) -> dict[str, Any]:
        """Ask the running collector with the release's own `farmsight`. Raises CompatError."""
        code = "farmsight_collector.cli.main"
        done = self.run(code, *arguments, "--data", str(data), "--json", check=False)
        if done.returncode not in {0, 1}:  # 1 says that there are findings
            raise CompatError(f"{self.version}: farmsight {' '.join(arguments)}: {done.stderr[-3000:]}")
        told: dict[str, Any] = json.loads(done.stdout)
        return told


def this_tree() -> Release:
    """Return the release that this tree would be."""
    from farmsight_collector.version import VERSION

    return Release(version=VERSION, python=Path(sys.executable))


def installed(wheel: Path, below: Path) -> Release:
    """Install a wheel with what its collector needs into an environment of its own. Raises CompatError."""
    version = version_of(wheel)
    folder = below / f"release-{version}"
    python = folder / "bin/python"
    if not (folder / ".ready").exists():
        from uv import find_uv_bin

        uv = find_uv_bin()
        for command in (
            (uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)),
            (
                uv,
                "pip",
                "install",
                "--quiet",
                "--python",
                str(python),
                f"farmsight[collector] @ {wheel.absolute().as_uri()}",
            ),
        ):
            done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
            if done.returncode:
                raise CompatError(f"{wheel.name} can't be installed: {done.stderr[-2000:]}")
        (folder / ".ready").touch()
    return Release(version=version, python=python)


def version_of(wheel: Path) -> str:
    """Return the version that a wheel states. Raises CompatError for what is no wheel of ours."""
    try:
        with zipfile.ZipFile(wheel) as packed:
            about = next(name for name in packed.namelist() if name.endswith(".dist-info/METADATA"))
            return str(HeaderParser().parsestr(packed.read(about).decode())["Version"])
    except (OSError, zipfile.BadZipFile, StopIteration) as error:
        raise CompatError(f"{wheel} is no wheel: {error}") from error


@contextmanager
def serving(release: Release, data: Path) -> Iterator[dict[str, str]]:
    """Serve a new data folder with a release's collector; yields its addresses. Raises CompatError."""
    release.collector("init", "--data", str(data), "--name", "localhost", "--farm", FARM)
    ports = [f"--{name}=127.0.0.1:0" for name in ("telemetry", "enrolment", "query", "web")]
    command = (str(release.python), "-m", "farmsight_collector.cli.collector", "serve", "--data", str(data), *ports)
    with (data / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--json"], stdout=subprocess.DEVNULL, stderr=log, env=_environment(), start_new_session=True
        )
    try:
        until = time.monotonic() + 120
        while not (data / "addresses.json").exists():
            if process.poll() is not None or time.monotonic() > until:
                raise CompatError(
                    f"{release.version}: the collector does not serve: {(data / 'serve.log').read_text()}"
                )
            time.sleep(0.1)
        yield json.loads((data / "addresses.json").read_text())
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"}
