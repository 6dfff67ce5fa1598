"""Fuzzing without help of coverage: seeds, each of them first as it is, then changed at random, for a bounded time."""

import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from types import FrameType

from tests.fuzz.mutate import mutated
from tests.fuzz.targets import TARGETS

CRASHES = Path("build/fuzz/crashes")


class SlowError(BaseException):
    """A call that does not come back; no reader's `except Exception` shall keep it."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one target: how many inputs were tried, and the first that broke it."""

    target: str
    engine: str
    runs: int
    crash: Path | None = None


@contextmanager
def _watched(seconds: float) -> Iterator[None]:
    """Raise SlowError in a call that takes more CPU time than this, where the system can."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def over(_number: int, _frame: FrameType | None) -> None:
        raise SlowError(f"no end after {seconds} s")

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def broken_by(target: str, data: bytes) -> str:
    """Return what an input makes go wrong, as a traceback; "" where all is well."""
    one = TARGETS[target]
    try:
        with _watched(one.seconds_a_call):
            one.run(data)
    except (Exception, SlowError, RecursionError, MemoryError):
        return traceback.format_exc()
    return ""


def run(target: str, seconds: float, seed: int = 0) -> Outcome:
    """Try inputs for so many seconds, or until one breaks; the same seed tries the same ones."""
    random, seeds, runs = Random(seed), TARGETS[target].seeds(), 0
    ends = time.monotonic() + seconds
    for data in _inputs(seeds, random, TARGETS[target].largest):
        runs += 1
        trouble = broken_by(target, data)
        if trouble:
            return Outcome(target=target, engine="random", runs=runs, crash=keep(target, data, trouble))
        if time.monotonic() > ends:
            break
    return Outcome(target=target, engine="random", runs=runs)


def _inputs(seeds: list[bytes], random: Random, largest: int) -> Iterator[bytes]:
    whole = seeds[:]
    random.shuffle(whole)
    while True:
        # Seeds and what was made of them in turn: a short run meets both.
        yield (
            whole.pop()
            if whole and random.random() < 0.2
            else b""
            if random.random() < 0.001
            else mutated(random.choice(seeds), random.choice(seeds), random, largest)
        )


def keep(target: str, data: bytes, trouble: str) -> Path:
    """Write an input that broke a target, with what it broke and how to repeat it; return where."""
    path = CRASHES / f"{target}-{sha256(data).hexdigest()[:16]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    told = f"python -m tests.fuzz --repeat {target} {path}\n\n{trouble}"
    path.with_suffix(".txt").write_text(told, encoding="utf-8")
    return path


def minimised(target: str, data: bytes, seconds: float = 30) -> bytes:
    """Return a smaller input that breaks the target by the same kind of error."""
    kind = broken_by(target, data).strip().rpartition("\n")[2].partition(":")[0]
    ends, step = time.monotonic() + seconds, max(len(data) // 2, 1)
    while step and time.monotonic() < ends:
        at, smaller = 0, False
        while at < len(data) and time.monotonic() < ends:
            tried = data[:at] + data[at + step :]
            if kind and broken_by(target, tried).strip().rpartition("\n")[2].startswith(kind):
                data, smaller = tried, True
            else:
                at += step
        step = step if smaller and step < len(data) else step // 2
    return data
