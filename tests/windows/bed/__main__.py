"""Runs Python, or any program, on a pretend Windows Server with the working tree's agent.

python -m tests.windows.bed [--prefix NAME] [--fresh] WHAT [ARG ...]

WHAT is one of: py FILE, code TEXT, agent VERB, run PROGRAM, each with its arguments, or shell.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.windows.bed.places import CACHE, loader, missing
from tests.windows.bed.prefix import clone, refresh
from tests.windows.bed.wine_host import PYTHON, WineHost


def main() -> int:
    """Run what is asked for; 2 when there is no Wine."""
    parser = argparse.ArgumentParser(prog="python -m tests.windows.bed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--prefix", default="scratch", metavar="NAME", help="kept between calls (%(default)s)")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier calls left there")
    parser.add_argument(
        "--override", action="append", default=[], metavar="DLL", help="take a DLL put there before Wine's"
    )
    parser.add_argument("--stdin", action="store_true", help="pass standard input on")
    parser.add_argument("what", choices=("py", "code", "agent", "run", "shell"))
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    if reason := missing():
        print(reason, file=sys.stderr)
        return 2
    host = _host(arguments.prefix, fresh=arguments.fresh)
    for dll in arguments.override:
        host.override(dll)
    if arguments.what == "shell":
        return subprocess.run([loader(), "cmd.exe"], env=host.environment, check=False).returncode
    command = {"py": (PYTHON, "-X", "utf8"), "code": (PYTHON, "-X", "utf8", "-c"), "run": ()}.get(
        arguments.what, (PYTHON, "-X", "utf8", "-m", "farmsight_agent.cli")
    )
    rest = [_windows_path(arguments.rest[0]), *arguments.rest[1:]] if arguments.what == "py" else arguments.rest
    done = host.run(
        *command, *rest, timeout=600, stdin=sys.stdin.buffer.read() if arguments.stdin else b"", check=False
    )
    sys.stdout.buffer.write(done.stdout)
    sys.stderr.buffer.write(done.stderr)
    return done.returncode


def _host(name: str, *, fresh: bool) -> WineHost:
    prefix = CACHE / "clones" / name
    if fresh and prefix.exists():
        WineHost(prefix).stop()
        shutil.rmtree(prefix)
    if prefix.exists():
        refresh(prefix)
    else:
        clone(name)
    return WineHost(prefix)


def _windows_path(file: str) -> str:
    return "Z:" + os.fspath(Path(file).resolve()).replace("/", "\\")


if __name__ == "__main__":
    sys.exit(main())
