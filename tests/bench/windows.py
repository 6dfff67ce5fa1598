"""What the real agent takes on a pretend Windows Server (Wine): orders of magnitude, not Windows' own figures.

Wine does in a server process what Windows does in its kernel; that process's
CPU is told apart. As in `footprint`, the CPU of a day is put together: the
running agent at rest, and one run of each probe as often as its cadence says.
"""

import asyncio
import contextlib
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from cryptography.hazmat.primitives.asymmetric import ec

from farmsight_agent.probes import PROBES
from farmsight_lab.servers import answers
from farmsight_lab.servers.bulk import bulk_crl
from farmsight_lab.servers.cdp import CdpServer
from tests.bench.relay import Relay
from tests.bench.report import Figure, say
from tests.fakes.live_collector import Running, running
from tests.fakes.pki import make
from tests.windows.bed import prefix
from tests.windows.bed.seeds import Entry, registry
from tests.windows.bed.wine_host import PYTHON, WineHost
from tests.windows.member import STATE, Member, enrol

BUDGET_RSS, BUDGET_PEAK, BUDGET_CPU, BUDGET_CHECK_IN = 60 * 2**20, 120 * 2**20, 0.005, 400
CERTIFICATES = 1000
ENTRIES = 560_000  # a CRL of 20 MB
URLS, ENTRIES_EACH = 12, 1200
CONTEXTS = 3
SETTLED_S = 20.0
AGENT = (PYTHON, "-X", "utf8", "-m", "farmsight_agent.cli")
# Runs one probe for each line of standard input.
PROBE_BY_PROBE = rf"""
import sys, time
from pathlib import Path
from farmsight_agent.app import assemble
from farmsight_agent.config import load
agent = assemble(load(Path(r"{STATE}\agent.toml")))
print("ready", flush=True)
for line in sys.stdin:
    began = time.perf_counter()
    agent.schedule.run_probe(line.strip())
    print(time.perf_counter() - began, flush=True)
"""
# Wine reads DLLs whole into memory where Windows maps them and counts what was touched; how much that is.
IMAGES = r"""
import os, win32process
import farmsight_agent.app
process = win32process.GetCurrentProcess()
names = (win32process.GetModuleFileNameEx(process, one) for one in win32process.EnumProcessModules(process))
print(sum(os.path.getsize(name) for name in names if name.lower().startswith("c:\\farmsight")))
"""
# Fetches one CRL in a child for each of three contexts, as the agent does.
LARGE_CRL = r"""
import pathlib, sys, tempfile, time
from farmsight_agent.clock import SystemClock
from farmsight_agent.contexts.protocol import ChildRequest
from farmsight_agent.contexts.runner import ContextRunner, own_account
from farmsight_agent.retrieve.limits import Limits
from farmsight_agent.retrieve.target import Target
from farmsight_agent.spool import Spool
from farmsight_wire.v1 import facts_pb2
import farmsight_agent.app
folder = pathlib.Path(tempfile.mkdtemp())
spool = Spool(folder / "spool.db", limit_bytes=256 << 20, blob_limit=32 << 20, clock=SystemClock())
runner = ContextRunner(spool, blob_limit=32 << 20, clock=SystemClock())
issuer = bytes.fromhex(sys.stdin.readline())
target = Target(purpose=facts_pb2.RETRIEVAL_PURPOSE_CRL, url=sys.argv[1], issuer_der=issuer, serials=("1f2e3d",))
payload = {"targets": [target.to_json()], "limits": Limits().to_json(), "connect_to": {}}
for context in (1, 2, 3):
    answer = runner.run(own_account(context), ChildRequest(op="retrieve", payload=payload))
    value = answer.facts[0].retrieval
    assert value.outcome == 1 and value.signature == 1, value
    assert spool.blob_size(value.body_sha256) == value.size
print("done", flush=True)
"""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """An agent that is enrolled, its collector behind a relay that counts bytes, and a server to fetch from."""

    member: Member
    relay: Relay
    cdp: CdpServer

    @property
    def host(self) -> WineHost:
        """Return the pretend server."""
        return self.member.host

    @property
    def collector(self) -> Running:
        """Return the collector."""
        return self.member.collector


def measure(*, seconds: float = 600.0) -> list[Figure]:
    """Return the figures of the agent on Wine."""
    with _bench() as bench:
        figures = list(_first_run(bench))
        figures += _at_rest(bench, seconds)
        figures += _large_store(bench)
        figures.append(_large_crl(bench))
    return figures


def _figure(what: str, measured: str, budget: str = "-", *, kept: bool = True) -> Figure:
    return Figure(what=f"agent on Wine, {what}", measured=measured, bound="-", ratio="-", budget=budget, kept=kept)


@contextmanager
def _bench() -> Iterator[Bench]:
    host = WineHost(prefix.clone())
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder, CdpServer() as cdp:
        try:
            with running(Path(folder) / "data") as collector, host:
                relay = Relay(collector.addresses["telemetry"])
                address = asyncio.run_coroutine_threadsafe(relay.start(), loop).result(10)
                member = enrol(host, collector)
                toml = host.path(rf"{STATE}\agent.toml")
                told = toml.read_text(encoding="utf-8").replace(collector.addresses["telemetry"], address)
                toml.write_text(told, encoding="utf-8")
                member.configure(f"[retrieval]\nurls = {json.dumps(_usual_crls(cdp))}")
                yield Bench(member=member, relay=relay, cdp=cdp)
                asyncio.run_coroutine_threadsafe(relay.stop(), loop).result(10)
        finally:
            host.remove()
            loop.call_soon_threadsafe(loop.stop)


def _usual_crls(server: CdpServer) -> list[str]:
    """Serve twelve CRLs of a usual size."""
    root, at = make("Contoso Issuing CA"), datetime.now(UTC)
    later = at + timedelta(days=7)
    for number in range(URLS):
        der = bulk_crl(root.certificate, root.key, entries=ENTRIES_EACH, this_update=at, next_update=later)
        server.put(f"/{number}.crl", answers.crl(der))
    return [server.url(f"/{number}.crl") for number in range(URLS)]


# -- the first run


def _first_run(bench: Bench) -> Iterator[Figure]:
    began = time.monotonic()
    agent = bench.host.spawn(*AGENT, "run")
    bench.host.wait_for("a first report", lambda: bench.collector.counts()["reports_applied"] > 0)
    yield _figure("start of the process to its first report committed", f"{time.monotonic() - began:.1f} s")
    agent.kill()
    agent.wait(20)  # not for its pipes: the console host that Wine gave it may hold them longer
    bench.host.wait_for("the agent's end", lambda: not _pids(bench.host, "farmsight_agent"))
    for file in bench.host.path(STATE).glob("spool.db*"):
        file.unlink()  # so that everything is told anew
    before, sent, back = bench.collector.counts(), bench.relay.sent, bench.relay.answered
    began = time.monotonic()
    bench.member.run_once()
    reports = bench.collector.counts()["reports_applied"] - before["reports_applied"]
    yield _figure(
        "every probe once, all of it durable, and ended", f"{time.monotonic() - began:.1f} s ({reports} reports)"
    )
    size, back = bench.relay.sent - sent, bench.relay.answered - back
    yield _figure(
        "first report of everything, TCP payload with TLS", f"{size / 1000:.1f} kB, and {back / 1000:.1f} kB back"
    )


# -- at rest, and what a day takes


def _at_rest(bench: Bench, seconds: float) -> Iterator[Figure]:
    agent = bench.host.spawn(*AGENT, "run")
    process = psutil.Process(_pid(bench.host, "farmsight_agent.cli run"))
    server = psutil.Process(_pid(bench.host, "wineserver"))
    time.sleep(SETTLED_S)
    began, before = time.monotonic(), (_cpu(process), _cpu(server))
    sizes, check_ins = [], []
    counts, bytes_before = bench.collector.counts(), bench.relay.sent + bench.relay.answered
    while time.monotonic() - began < seconds:
        time.sleep(0.5)
        sizes.append(process.memory_info().rss)
        now = bench.collector.counts()
        if now["check_ins"] > counts["check_ins"]:
            time.sleep(0.2)
            passed = bench.relay.sent + bench.relay.answered
            if now["reports_applied"] == counts["reports_applied"] and now["check_ins"] == counts["check_ins"] + 1:
                check_ins.append(passed - bytes_before)
            counts, bytes_before = now, passed
    took = time.monotonic() - began
    own, served = ((_cpu(one) - was) / took for one, was in zip((process, server), before, strict=True))
    agent.kill()
    agent.wait(20)  # not for its pipes: the console host that Wine gave it may hold them longer
    rss, images, bare = statistics.median(sizes), int(bench.host.code(IMAGES)), _bare(bench.host)
    yield _figure(
        f"resident memory, median of {took:.0f} s at default cadence",
        f"{rss / 2**20:.0f} MB, {images / 2**20:.0f} of it DLLs read whole; a bare Python {bare / 2**20:.0f}",
        f"< {BUDGET_RSS / 2**20:.0f} MB",
        kept=rss < BUDGET_RSS,
    )
    if check_ins:
        mean = statistics.mean(check_ins)
        say(f"agent on Wine: unchanged check-ins of {', '.join(map(str, check_ins))} bytes")
        yield _figure(
            f"unchanged check-in, TCP payload both ways, mean of {len(check_ins)}",
            f"{mean:.0f} bytes",
            f"<= {BUDGET_CHECK_IN} bytes",
            kept=mean <= BUDGET_CHECK_IN,
        )
    yield _day(bench, own, served)


def _bare(host: WineHost) -> int:
    """Return the memory of the anchor: a Python that has imported nothing and waits."""
    return int(psutil.Process(_pid(host, "sys.stdin.read()")).memory_info().rss)


def _day(bench: Bench, own: float, served: float) -> Figure:
    with _probe_by_probe(bench.host) as run:
        for probe in PROBES:
            run(probe.id)  # the first run reads everything anew
        taken = {probe.id: run(probe.id) for probe in PROBES}
    for name, one in sorted(taken.items(), key=lambda item: -item[1].cpu)[:5]:
        say(f"agent on Wine: {name} takes {one.wall:.2f} s, {one.cpu:.2f} s of CPU, Wine's server {one.server:.2f} s")
    share = own + sum(taken[probe.id].cpu / probe.period_s for probe in PROBES)
    wine = served + sum(taken[probe.id].server / probe.period_s for probe in PROBES)
    return _figure(
        "CPU averaged over a day, extrapolated: at rest, and each probe as often as its cadence",
        f"{share:.2%} of a core ({own:.2%} at rest), {share * 86400:.0f} s a day; Wine's server {wine:.2%} beside it",
        f"< {BUDGET_CPU:.1%}",
        kept=share < BUDGET_CPU,
    )


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What one run of a probe took: seconds by the clock, of CPU with its children, and of Wine's server."""

    wall: float
    cpu: float
    server: float


@contextmanager
def _probe_by_probe(host: WineHost) -> Iterator[Callable[[str], Taken]]:
    runner = host.spawn(PYTHON, "-X", "utf8", "-c", PROBE_BY_PROBE)
    assert runner.stdin is not None
    assert runner.stdout is not None
    assert runner.stdout.readline().strip() == b"ready"
    server = psutil.Process(_pid(host, "wineserver"))

    def run(probe: str) -> Taken:
        watch = _CpuWatch(host)
        assert runner.stdin is not None
        assert runner.stdout is not None
        before = _cpu(server)
        with watch:
            runner.stdin.write(f"{probe}\n".encode())
            runner.stdin.flush()
            wall = float(runner.stdout.readline())
        return Taken(wall=wall, cpu=watch.used, server=_cpu(server) - before)

    try:
        yield run
    finally:
        runner.kill()
        runner.communicate(timeout=20)


class _CpuWatch:
    """Adds up the CPU of a host's Python processes while in the block; one that ends is counted to its last look."""

    def __init__(self, host: WineHost) -> None:
        self._host = host
        self._over = threading.Event()
        self._seen: dict[int, float] = {}
        self._before: dict[int, float] = {}

    def __enter__(self) -> None:
        self._look()
        self._before = dict(self._seen)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._look()

    @property
    def used(self) -> float:
        """Return the seconds."""
        return sum(cpu - self._before.get(pid, 0.0) for pid, cpu in self._seen.items())

    def _watch(self) -> None:
        while not self._over.wait(0.03):
            self._look()

    def _look(self) -> None:
        for pid, command in self._host.processes().items():
            if "python" in command.lower():
                with contextlib.suppress(psutil.Error):
                    self._seen[pid] = _cpu(psutil.Process(pid))


# -- much to read


def _large_store(bench: Bench) -> Iterator[Figure]:
    key = ec.generate_private_key(ec.SECP256R1())
    ders = [make(f"Contoso CA {number}", key=key).der for number in range(CERTIFICATES)]
    bench.host.registry(registry(Entry(store="CA", der=der) for der in ders))
    with _probe_by_probe(bench.host) as run:
        first, again = run("certificate-stores"), run("certificate-stores")
    bench.member.run_once()
    held = sum(key.startswith("CA/") for key in bench.member.values("store-certificate"))
    assert held >= CERTIFICATES, held
    yield _figure(
        f"certificate stores with {CERTIFICATES} certificates more, one run, and again",
        f"{first.wall:.1f} s, then {again.wall:.1f} s ({first.cpu:.1f} and {again.cpu:.1f} s of CPU)",
    )


def _large_crl(bench: Bench) -> Figure:
    root, at = make("Root"), datetime.now(UTC)
    der = bulk_crl(root.certificate, root.key, entries=ENTRIES, this_update=at, next_update=at + timedelta(days=7))
    bench.cdp.put("/20mb.crl", answers.crl(der))
    agent = bench.host.spawn(PYTHON, "-X", "utf8", "-c", LARGE_CRL, bench.cdp.url("/20mb.crl"))
    assert agent.stdin is not None
    agent.stdin.write(root.der.hex().encode() + b"\n")
    agent.stdin.flush()
    began, peak, parts = time.monotonic(), 0, list[int]()
    while agent.poll() is None:
        now = _resident(bench.host)
        if sum(now) > peak:
            peak, parts = sum(now), now
        time.sleep(0.005)
    out, said = agent.communicate()
    assert b"done" in out, said.decode()
    say(f"agent on Wine: at the peak {len(parts)} processes: {', '.join(f'{one / 2**20:.0f} MB' for one in parts)}")
    took = f"{time.monotonic() - began:.0f} s"
    return _figure(
        f"with its children, peak, CRL of {len(der) / 1e6:.1f} MB in {CONTEXTS} contexts ({took})",
        f"{peak / 2**20:.0f} MB",
        f"< {BUDGET_PEAK / 2**20:.0f} MB",
        kept=peak < BUDGET_PEAK,
    )


def _resident(host: WineHost) -> list[int]:
    """Return the memory of the agent and of its children, shared pages counted once; not the anchor's."""
    sizes = []
    for pid, command in host.processes().items():
        if "python" in command.lower() and "sys.stdin.read()" not in command:
            with contextlib.suppress(psutil.Error):
                sizes.append(int(psutil.Process(pid).memory_full_info().pss))
    return sizes


def _cpu(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


def _pids(host: WineHost, part: str) -> list[int]:
    return [pid for pid, line in host.processes().items() if part in line]


def _pid(host: WineHost, part: str) -> int:
    host.wait_for(part, lambda: _pids(host, part))
    return _pids(host, part)[0]
