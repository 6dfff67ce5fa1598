"""A collector and the bare server as processes of their own, and what they use."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.fakes.serving import Served, initialise, served


@contextmanager
def collector_folder() -> Iterator[Path]:
    """Yield the data folder of a collector that takes any farm."""
    with tempfile.TemporaryDirectory(prefix="farmsight-bench-") as folder:
        data = Path(folder) / "data"
        initialise(data)
        settings = data / "collector.toml"
        settings.write_text(settings.read_text().replace('farms = ["sts.contoso.com"]', "farms = []"))
        yield data


@contextmanager
def collector() -> Iterator[tuple[Path, Served]]:
    """Serve a new data folder."""
    with collector_folder() as data, served(data) as up:
        yield data, up


@contextmanager
def bare_server(data: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Yield the address of a server that only counts and acknowledges."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bare_server", str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["telemetry"], psutil.Process(process.pid)
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU time that a process has used."""
    used = process.cpu_times()
    return float(used.user + used.system)


def counters(data: Path) -> dict[str, float]:
    """Return the collector's own counters, written after this call began."""
    file, began = data / "metrics.prom", time.time()
    while not file.exists() or file.stat().st_mtime < began:
        time.sleep(0.1)
    lines = (line.split() for line in file.read_text().splitlines() if not line.startswith("#"))
    return {name.removeprefix("farmsight_collector_").removesuffix("_total"): float(value) for name, value in lines}
