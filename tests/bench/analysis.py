"""A hundred server folders analysed by the real command: how long it takes, and that memory follows the largest file.

The bound is a process that only reads all files, decodes them and parses what is JSON. Memory is measured over farms
of different sizes, over the same farm with four times the bytes and not one fact more, and with one large file in it.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.evidence_farm import write_farm
from tests.bench.report import Figure, say

BUDGET_S = 10.0
FEW, SERVERS = 4, (25, 50, 100)
START = 112 * 2**20  # the program itself, and a few servers
FACTS = 2**20  # what a server's facts may take, and the picture of it
ROOM = 12  # times what the largest file is larger: its bytes, its text, its lines, what they say
SLACK = 16 * 2**20
PADDED = {100: 4, 25: 16}  # by the number of servers, how many times the bytes; their sum is far over the slack
JSON_BYTES, TEXT_BYTES = 60_000_000, 8_000_000
BLANK = " " * 70 + "\r\n"

BARE = """
import json, pathlib, sys
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*")):
    if path.is_file():
        data = path.read_bytes()
        lines = data.decode("utf-8", "replace").splitlines()
        if path.suffix == ".json":
            json.loads(data)
"""


FARMSIGHT = "import sys; from farmsight_collector.cli.entry import farmsight; sys.exit(farmsight())"
WATCH = """
import json, os, sys, time
began = time.monotonic()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
wall = time.monotonic() - began
print(json.dumps([os.waitstatus_to_exitcode(status), wall, used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""

Write = Callable[[Path], None]


@dataclass(frozen=True, kw_only=True)
class Took:
    """What one process took; `peak` is its resident memory in bytes."""

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True, kw_only=True)
class Case:
    """One folder of evidence, and what the analysis of it took and said."""

    name: str
    files: int
    size: int
    largest: int
    took: Took
    said: dict[str, Any]


def measure(*, servers: Sequence[int] = SERVERS, large: bool = True) -> list[Figure]:
    """Return the time beside its bound, then the memory of each farm."""
    with tempfile.TemporaryDirectory(prefix="farmsight-bench-") as temporary:
        folder = Path(temporary)
        plain = {count: _case(folder, f"{count} servers", _farm(count)) for count in (FEW, *servers)}
        bare = _bare(folder, servers[-1])
        found = [_time(plain[servers[-1]], bare), *(_memory(one, START + n * FACTS) for n, one in plain.items())]
        for count, times in PADDED.items():
            if count in plain:
                padded = _case(folder, f"{count} servers, {times} times the bytes", _padded(count, times))
                _same(plain[count], padded)
                found.append(_memory(padded, _beside(plain[count], padded)))
        for name, write in (("one large JSON", _with_json), ("one large session", _with_text)) if large else ():
            case = _case(folder, f"{FEW} servers, {name}", write)
            found.append(_memory(case, _beside(plain[FEW], case)))
    return found


def _time(case: Case, bare: Took) -> Figure:
    return Figure(
        what=f"farmsight analyze, {case.name}: {case.files} files, {case.size / 1e6:.0f} MB",
        measured=f"{case.took.wall:.1f} s ({case.took.cpu:.1f} s of CPU)",
        bound=f"{bare.wall:.2f} s (read, decode, parse JSON)",
        ratio=f"{bare.wall / case.took.wall:.0%}",
        budget=f"< {BUDGET_S:.0f} s",
        kept=case.took.wall < BUDGET_S,
    )


def _beside(plain: Case, case: Case) -> int:
    """Return what a farm of the same facts may take: room for one file that is larger, never for the sum of them."""
    return plain.took.peak + SLACK + ROOM * (case.largest - plain.largest)


def _memory(case: Case, may: int) -> Figure:
    return Figure(
        what=f"farmsight analyze, peak memory, {case.name}: {case.size / 1e6:.0f} MB, "
        f"the largest file {case.largest / 1e6:.2f} MB",
        measured=f"{case.took.peak / 2**20:.0f} MB",
        bound="-",
        ratio="-",
        budget=f"< {may / 2**20:.0f} MB",
        kept=case.took.peak < may,
    )


def _case(folder: Path, name: str, write: Write) -> Case:
    """Write a folder of evidence, analyse it, and take it away again."""
    place, output = folder / "evidence", folder / "findings.json"
    write(place)
    sizes = [one.stat().st_size for one in place.rglob("*") if one.is_file()]
    command = [sys.executable, "-c", FARMSIGHT, "analyze", str(place)]
    took = _run([*command, "--json", "--fail-on", "never", "--output", str(output)])
    said = json.loads(output.read_text(encoding="utf-8"))
    shutil.rmtree(place)
    say(f"analyze: {name}: {took.wall:.1f} s, {took.cpu:.1f} s of CPU, {took.peak / 2**20:.0f} MB")
    return Case(name=name, files=len(sizes), size=sum(sizes), largest=max(sizes), took=took, said=said)


def _bare(folder: Path, servers: int) -> Took:
    place = folder / "bare"
    _farm(servers)(place)
    took = _run([sys.executable, "-c", BARE, str(place)])
    shutil.rmtree(place)
    return took


def _run(command: Sequence[str]) -> Took:
    """Run a command, watched by a small process: what a child has taken includes what its parent had when it began."""
    told = subprocess.run([sys.executable, "-S", "-c", WATCH, *command], stdout=subprocess.PIPE, check=False)
    code, wall, cpu, peak = json.loads(told.stdout.splitlines()[-1])
    if code:
        raise RuntimeError(f"{command[:4]} ended with {code}")
    return Took(wall=wall, cpu=cpu, peak=peak * 1024)


def _farm(servers: int) -> Write:
    return lambda place: write_farm(place, adfs=servers - servers // 2, waps=servers // 2)


def _padded(servers: int, times: int) -> Write:
    def write(place: Path) -> None:
        _farm(servers)(place)
        for file in place.rglob("*"):
            if file.is_file():
                _pad(file, (times - 1) * file.stat().st_size)

    return write


def _pad(file: Path, size: int) -> None:
    """Make a file longer by what says nothing: blank lines, words between blocks, a section that nobody asks for."""
    data = file.read_bytes()
    if file.suffix == ".json":
        whole = json.loads(data)
        whole["Notes"] = [{"Note": "nothing " * 100} for _ in range(size // 820)]
        file.write_text(json.dumps(whole, indent=1), encoding="utf-8")
    elif file.suffix == ".pem" and data:
        file.write_bytes(data + b"between the certificates\n" * (size // 25))
    elif file.suffix == ".txt":
        line = BLANK.encode("utf-16-le" if data.startswith(b"\xff\xfe") else "ascii")
        file.write_bytes(data + line * (size // len(line)))


def _with_json(place: Path) -> None:
    _farm(FEW)(place)
    _pad(next(place.rglob("STS02_host.json")), JSON_BYTES)


def _with_text(place: Path) -> None:
    """Give one server a session in which the same command was run over and over."""
    _farm(FEW)(place)
    printed = next(place.rglob("WAP02_WAP02$_usercert.txt"))
    one = b"C:\\evidence>certutil -verify -urlfetch usercert.cer\r\n" + printed.read_bytes() + b"\r\n"
    printed.write_bytes(one * (TEXT_BYTES // len(one)))


def _same(plain: Case, padded: Case) -> None:
    """Make sure that the padding says nothing."""
    for name in ("findings", "unknown", "servers"):
        if plain.said[name] != padded.said[name]:
            raise RuntimeError(f"the padding changed the {name}")
