"""What the agent itself takes: memory and CPU of the real agent, at its default cadence, on this machine.

A minute does not hold every probe, so the CPU of a day is put together: the running agent at rest (stream and
check-ins), and one run of each probe, measured in a process of its own, as often as its cadence says.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from farmsight_agent.probes import PROBES
from farmsight_lab.servers import answers
from farmsight_lab.servers.bulk import bulk_crl
from farmsight_lab.servers.cdp import CdpServer
from tests.bench.processes import collector, cpu_seconds
from tests.bench.report import Figure, say
from tests.fakes.pki import make
from tests.fakes.serving import token

BUDGET_BYTES = 60 * 2**20
BUDGET_CPU = 0.005
URLS, ENTRIES = 12, 1200
SETTLED_S = 20.0  # the first run of every probe is over, and told
AGENT = (sys.executable, "-m", "farmsight_agent.cli")


def measure(*, seconds: float = 60.0) -> list[Figure]:
    """Return the memory at rest, and the share of a core."""
    with collector() as (data, up), CdpServer() as server:
        state = data.parent / "agent"
        addresses = ("--collector", up.addresses["telemetry"], "--enrolment", up.addresses["enrolment"])
        joined = (
            "--token",
            token(data, "wap", "--farm", "sts.contoso.com"),
            *addresses,
            "--name",
            "WAP01",
            "--state-dir",
            str(state),
        )
        subprocess.run([*AGENT, "enroll", *joined], check=True, stdout=subprocess.DEVNULL)
        _give_work(state / "agent.toml", server)
        with (data / "agent.log").open("w") as log:
            agent = subprocess.Popen([*AGENT, "run", "--state-dir", str(state)], stderr=log)
            try:
                rss, at_rest = _watched(psutil.Process(agent.pid), seconds)
            finally:
                agent.terminate()
                agent.wait(10)
        say(f"agent: {rss / 2**20:.0f} MB, {at_rest:.2%} of a core at rest")
        runs = _probe_runs(state)
    for name, used in sorted(runs.items(), key=lambda item: -item[1])[:4]:
        say(f"agent: a run of {name} takes {used * 1000:.0f} ms of CPU")
    share = at_rest + sum(runs[probe.id] / probe.period_s for probe in PROBES)
    return [
        Figure(
            what=f"agent, resident memory, median of {seconds:.0f} s at default cadence",
            measured=f"{rss / 2**20:.0f} MB",
            bound="-",
            ratio="-",
            budget=f"< {BUDGET_BYTES / 2**20:.0f} MB",
            kept=rss < BUDGET_BYTES,
        ),
        Figure(
            what="agent, CPU averaged, extrapolated: at rest, and each probe as often as its cadence",
            measured=f"{share:.2%} of a core ({at_rest:.2%} at rest)",
            bound="-",
            ratio="-",
            budget=f"< {BUDGET_CPU:.1%}",
            kept=share < BUDGET_CPU,
        ),
    ]


def _give_work(config: Path, server: CdpServer) -> None:
    """Let the agent fetch twelve CRLs of a usual size, and as other accounts where it may."""
    root, at = make("Contoso Issuing CA"), datetime.now(UTC)
    urls = []
    for number in range(URLS):
        der = bulk_crl(root.certificate, root.key, entries=ENTRIES, this_update=at, next_update=at + timedelta(days=7))
        server.put(f"/{number}.crl", answers.crl(der))
        urls.append(server.url(f"/{number}.crl"))
    with config.open("a") as text:
        text.write(f"\n[retrieval]\nurls = {json.dumps(urls)}\n")
        if os.geteuid() == 0:  # only root may become others
            text.write('\n[contexts]\nnetwork-service = "nobody"\nadfs-service = "daemon"\n')


def _watched(agent: psutil.Process, seconds: float) -> tuple[float, float]:
    """Return the median memory and the share of a core of an agent once it has settled."""
    time.sleep(SETTLED_S)
    before, began, sizes = cpu_seconds(agent), time.monotonic(), []
    while time.monotonic() - began < seconds:
        sizes.append(agent.memory_info().rss)
        time.sleep(0.5)
    return statistics.median(sizes), (cpu_seconds(agent) - before) / (time.monotonic() - began)


def _probe_runs(state: Path) -> dict[str, float]:
    """Return the CPU seconds of one run of each probe, its children included."""
    told = subprocess.run([sys.executable, "-m", "tests.bench.footprint", str(state)], capture_output=True, check=True)
    runs: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return runs


def _run_probes(state: Path) -> dict[str, float]:
    """Run every probe of an agent that is enrolled, twice; the second run counts."""
    from farmsight_agent.app import assemble
    from farmsight_agent.config import load

    agent = assemble(load(state / "agent.toml"))
    runs = {}
    for name in agent.schedule.probes * 2:
        before = _own_cpu()
        agent.schedule.run_probe(name)
        runs[name] = _own_cpu() - before
    agent.spool.close()
    return runs


def _own_cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    print(json.dumps(_run_probes(Path(sys.argv[1]))))
