"""The same samples in our store and in a Prometheus of the system's packages: bytes on disk, and ranges over HTTP.

Prometheus is loaded by `promtool tsdb create-blocks-from openmetrics`, compacts as it starts, and is asked over HTTP
on loopback; ours is asked by its own question in this process. What both answer: the 36 lines of one server, as 200
points. Prometheus gives one value a point (max_over_time), ours minimum, quantiles, mean and maximum.
"""

import http.client
import json
import random
import shutil
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from farmsight_collector.clock import moment
from farmsight_collector.queries.trend import trend
from farmsight_collector.queries.trend_lines.line import Wanted
from farmsight_collector.store.engine import open_store
from tests.bench import long_past as past
from tests.bench import worlds
from tests.bench.long_past import CONTEXTS, END
from tests.bench.long_store import Size, built
from tests.bench.report import Figure, say

POINTS = 200
BLOCK = 486 * past.HOUR
SERVERS = tuple(f"STS{number:02}" for number in range(1, 26))
RAW_DAYS = 14
TABLES = ("samples", "samples_hourly", "samples_daily")


def measure(
    *,
    servers: int = 10,
    long_days: int = past.DAYS,
    rounds: int = 20,
    size: Size = Size(),  # noqa: B008 - frozen
) -> list[Figure]:
    """Return bytes and latencies side by side; says so where there is no Prometheus."""
    if shutil.which("promtool") is None or shutil.which("prometheus") is None:
        say("prometheus: not measured: neither promtool nor prometheus is here (Debian: prometheus)")
        return []
    file = built(size)
    ours = _our_bytes(file, size)
    raw, long = _theirs(SERVERS[:servers], RAW_DAYS, rounds), _theirs(SERVERS[:1], long_days, rounds)
    our_raw, our_long = _our_latency(file, RAW_DAYS, servers, rounds), _our_latency(file, long_days, 1, rounds)
    of_all = sum(ours.values())
    return [
        _bytes(f"samples of a server on disk, {RAW_DAYS} days raw", ours["samples"], raw[0]),
        _bytes(
            f"the same, {long_days} days: ours raw, hourly and daily with quantiles; Prometheus all raw",
            of_all,
            long[0],
        ),
        _latency(f"range over {RAW_DAYS} days, 36 lines of {POINTS} points", our_raw, raw[1]),
        _latency(f"range over {long_days} days, 36 lines of {POINTS} points", our_long, long[1]),
    ]


def _bytes(what: str, ours: float, theirs: float) -> Figure:
    return Figure(
        what=what,
        measured=f"{ours / 1e6:.2f} MB",
        bound=f"{theirs / 1e6:.2f} MB (Prometheus)",
        ratio=f"{ours / theirs:.2f}",
        budget="-",
        kept=True,
    )


def _latency(what: str, ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    return Figure(
        what=f"{what} (median of {len(ours)})",
        measured=f"{statistics.median(ours):.0f} ms (p95 {_p95(ours):.0f})",
        bound=f"{statistics.median(theirs):.0f} ms (p95 {_p95(theirs):.0f}; Prometheus)",
        ratio=f"{statistics.median(ours) / statistics.median(theirs):.1f}",
        budget="-",
        kept=True,
    )


def _p95(took: Sequence[float]) -> float:
    return sorted(took)[int(len(took) * 0.95)]


def _our_bytes(file: Path, size: Size) -> dict[str, float]:
    """Return the bytes in pages that one server's samples and roll-ups take, by table."""
    names = ", ".join(f"'{name}'" for name in TABLES)
    with closing(sqlite3.connect(file)) as connection:
        query = f"SELECT name, sum(pgsize) FROM dbstat WHERE name IN ({names}) GROUP BY 1"
        return {name: bytes_ / (size.farms * size.servers) for name, bytes_ in connection.execute(query)}


def _our_latency(file: Path, days: int, servers: int, rounds: int) -> list[float]:
    store, chance, took = open_store(f"sqlite:///{file}"), random.Random(5), []
    try:
        for turn in range(rounds + 2):
            wanted = Wanted(
                farm=worlds.FARM,
                begin=moment(END) - timedelta(days=days),
                end=moment(END),
                server=chance.choice(SERVERS[:servers]),
            )
            began = time.perf_counter()
            with store.read() as connection:
                told = trend(connection, past.SERIES[turn % 3], wanted, points=POINTS)
            took.append((time.perf_counter() - began) * 1000)
            assert len(told.lines) == len(CONTEXTS) * worlds.URLS
    finally:
        store.close()
    return took[2:]


def _theirs(servers: Sequence[str], days: int, rounds: int) -> tuple[float, list[float]]:
    """Return the bytes that a server's samples take in Prometheus, and how long it takes to answer."""
    with tempfile.TemporaryDirectory(prefix="farmsight-bench-") as folder:
        data = Path(folder) / "data"
        began = time.monotonic()
        _load(Path(folder), data, servers, days)
        say(f"prometheus: {len(servers)} servers, {days} days loaded in {time.monotonic() - began:.0f} s")
        with _running(Path(folder), data) as port:
            _settled(data)
            took = [
                _ask(port, random.Random(turn).choice(servers), days, past.SERIES[turn % 3])
                for turn in range(rounds + 2)
            ]
        kept = sum(file.stat().st_size for file in data.rglob("*") if file.is_file() and "wal" not in file.parts)
        return kept / len(servers), took[2:]


def _load(folder: Path, data: Path, servers: Sequence[str], days: int) -> None:
    """Load blocks of 20 days, the longest that Prometheus' own compaction makes, each from a file of its own."""
    for begin in range(past.before_the_end(days) // BLOCK * BLOCK, END, BLOCK):
        text = folder / "samples.om"
        with text.open("w", encoding="utf-8") as file:
            for name in past.SERIES:
                file.writelines(_lines(name, servers, max(begin, past.before_the_end(days)), min(begin + BLOCK, END)))
            file.write("# EOF\n")
        kind = ["promtool", "tsdb", "create-blocks-from", "--max-block-duration=486h"]
        done = subprocess.run([*kind, "openmetrics", "-q", text, data], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"promtool: {done.stderr or done.stdout}")
        text.unlink()


def _lines(series: str, servers: Sequence[str], begin: int, end: int) -> Iterator[str]:
    name = _metric(series)
    yield f"# TYPE {name} gauge\n"
    for number, server in enumerate(servers):
        for context in CONTEXTS:
            for url in range(worlds.URLS):
                purpose, _, its = past.kept(url, context, 0, past.DOWN)[2].partition(" ")
                labels = f'farm="{worlds.FARM}",server="{server}",context="{context}",purpose="{purpose}",url="{its}"'
                for at, value in past.values(number % past.GROUPS, context, url, series, begin, end):
                    yield f"{name}{{{labels}}} {value!r} {at // 1_000_000}\n"


def _metric(series: str) -> str:
    return f"farmsight_{series.replace('-', '_')}"


@contextmanager
def _running(folder: Path, data: Path) -> Iterator[int]:
    """Yield the port of a Prometheus that scrapes nothing."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    settings = folder / "prometheus.yml"
    settings.write_text("global: {}\n", encoding="utf-8")
    command = ["prometheus", f"--config.file={settings}", f"--storage.tsdb.path={data}", "--log.level=error",
               f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=10y"]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until_ready(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _until_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"prometheus ended with {process.returncode}")
        try:
            if _get(port, "/-/ready")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("prometheus does not become ready")


def _settled(data: Path) -> None:
    """Wait until no compaction goes on: the blocks are the same for some seconds."""
    before: list[str] = []
    for _ in range(20):
        now = sorted(one.name for one in data.iterdir())
        if now == before:
            return
        before = now
        time.sleep(3)


def _ask(port: int, server: str, days: int, series: str) -> float:
    step = days * 86_400 // POINTS
    query = f'max_over_time({_metric(series)}{{server="{server}"}}[{step}s])'
    end = END // 1_000_000
    asked = {"query": query, "start": end - days * 86_400, "end": end, "step": step}
    began = time.perf_counter()
    status, body = _get(port, f"/api/v1/query_range?{urllib.parse.urlencode(asked)}")
    told: Any = json.loads(body)
    took = (time.perf_counter() - began) * 1000
    assert status == 200, body
    assert len(told["data"]["result"]) == len(CONTEXTS) * worlds.URLS, told["status"]
    return took


def _get(port: int, path: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
