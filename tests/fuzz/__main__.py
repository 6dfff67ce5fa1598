"""Feeds every reader of what comes from outside with what nobody meant: `make fuzz SECONDS=20`.

python -m tests.fuzz [--seconds N] [--seed N] [TARGET ...]
python -m tests.fuzz --repeat TARGET FILE
python -m tests.fuzz --minimise TARGET FILE
"""

import argparse
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.fuzz import loop
from tests.fuzz.loop import CRASHES, Outcome
from tests.fuzz.targets import TARGETS

FOLDER = Path("build/fuzz")
_INTERRUPTED = 72  # how libFuzzer ends when it is told to
_RUNS = re.compile(r"stat::number_of_executed_units: +(\d+)")


def main() -> int:
    """Fuzz, or repeat what was found; 1 where a target broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"what to fuzz (all): {', '.join(TARGETS)}")
    parser.add_argument("--seconds", type=int, default=20, metavar="N", help="for each target (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the engine that works without coverage")
    parser.add_argument("--random", action="store_true", help="without coverage, even where that could be followed")
    parser.add_argument("--repeat", nargs=2, metavar=("TARGET", "FILE"), help="run one input again")
    parser.add_argument(
        "--minimise", nargs=2, metavar=("TARGET", "FILE"), help="write FILE.small: what still breaks it"
    )
    arguments = parser.parse_args()
    if arguments.repeat:
        return _repeat(*arguments.repeat)
    if arguments.minimise:
        return _minimise(*arguments.minimise)
    unknown = [one for one in arguments.targets if one not in TARGETS]
    if unknown:
        parser.error(f"no such target: {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    guided = not arguments.random and importlib.util.find_spec("atheris") is not None
    broken = 0
    for target in arguments.targets or TARGETS:
        follows = guided and TARGETS[target].guided
        one = _guided(target, arguments.seconds) if follows else loop.run(target, arguments.seconds, arguments.seed)
        broken += one.crash is not None
        print(_shown(one), flush=True)
    if not guided:
        why = "as asked" if arguments.random else f"atheris is not installed for Python {sys.version.split()[0]}"
        print(f"inputs were made at random, without following coverage: {why}")
    return 1 if broken else 0


def _guided(target: str, seconds: int) -> Outcome:
    before = set(CRASHES.glob(f"{target}-*"))
    command = [sys.executable, "-m", "tests.fuzz.guided", target, str(seconds), str(FOLDER)]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{target}.log").open("w+", encoding="utf-8", errors="replace") as log:
        done = subprocess.run(command, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"}, check=False)
        log.seek(0)
        runs = _RUNS.search(log.read())
    found = sorted(one for one in set(CRASHES.glob(f"{target}-*")) - before if not one.suffix)
    interrupted = done.returncode == _INTERRUPTED
    crash = found[0] if found else FOLDER / f"{target}.log" if done.returncode and not interrupted else None
    engine = "coverage, interrupted" if interrupted else "coverage"
    return Outcome(target=target, engine=engine, runs=int(runs[1]) if runs else 0, crash=crash)


def _shown(one: Outcome) -> str:
    ended = f"BROKEN by {one.crash}; python -m tests.fuzz --repeat {one.target} {one.crash}" if one.crash else "held"
    return f"{one.target:13} {one.runs:9,} inputs ({one.engine})  {ended}"


def _repeat(target: str, file: str) -> int:
    trouble = loop.broken_by(target, Path(file).read_bytes())
    print(trouble or "held")
    return 1 if trouble else 0


def _minimise(target: str, file: str) -> int:
    data = loop.minimised(target, Path(file).read_bytes())
    small = Path(f"{file}.small")
    small.write_bytes(data)
    print(f"{small}: {len(data)} bytes")
    print(loop.broken_by(target, data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
