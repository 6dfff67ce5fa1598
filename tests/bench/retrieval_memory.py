"""Memory of the agent while it fetches a CRL of 20 MB in three contexts: agent and child together.

python -m tests.bench.retrieval_memory
"""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import psutil

from farmsight_lab.servers import answers
from farmsight_lab.servers.bulk import bulk_crl
from farmsight_lab.servers.cdp import CdpServer
from tests.bench.report import Figure, table
from tests.fakes.pki import make

BUDGET_BYTES = 120 * 1024 * 1024
ENTRIES = 560_000

# What the agent does, in a process of its own so that nothing else is in its memory.
AGENT = """
import os, pathlib, sys, tempfile
from farmsight_agent.clock import SystemClock
from farmsight_agent.contexts.protocol import ChildRequest
from farmsight_agent.contexts.runner import ContextRunner
from farmsight_agent.hosts.host import Account
from farmsight_agent.retrieve.limits import Limits
from farmsight_agent.retrieve.target import Target
from farmsight_wire.v1 import facts_pb2
from farmsight_agent.spool import Spool
import farmsight_agent.app
folder = tempfile.TemporaryDirectory()
spool = Spool(pathlib.Path(folder.name) / "spool.db", limit_bytes=256 << 20, blob_limit=32 << 20, clock=SystemClock())
issuer = bytes.fromhex(sys.stdin.readline())
runner = ContextRunner(spool, blob_limit=32 * 1024 * 1024)
target = Target(purpose=facts_pb2.RETRIEVAL_PURPOSE_CRL, url=sys.argv[1], issuer_der=issuer, serials=("1f2e3d",))
payload = {"targets": [target.to_json()], "limits": Limits().to_json(), "connect_to": {}}
for context in (1, 2, 3):
    account = Account(context=context, name="x", uid=os.geteuid(), gid=os.getegid())
    answer = runner.run(account, ChildRequest(op="retrieve", payload=payload))
    value = answer.facts[0].retrieval
    assert value.outcome == 1 and value.signature == 1, value
    assert spool.blob_size(value.body_sha256) == value.size
"""


def measure() -> Figure:
    """Return the peak of agent and child together, sampled every 2 ms."""
    root = make("Root")
    at = datetime.now(UTC)
    der = bulk_crl(root.certificate, root.key, entries=ENTRIES, this_update=at, next_update=at + timedelta(days=7))
    with CdpServer() as server:
        server.put("/20mb.crl", answers.crl(der))
        agent = subprocess.Popen(
            [sys.executable, "-c", AGENT, server.url("/20mb.crl")], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        assert agent.stdin is not None
        agent.stdin.write(root.der.hex().encode() + b"\n")
        agent.stdin.flush()
        peak = _peak(agent)
    assert agent.returncode == 0
    return Figure(
        what=f"agent and child, peak, CRL of {len(der) / 1e6:.1f} MB in three contexts",
        measured=f"{peak / 2**20:.0f} MB",
        bound="-",
        ratio="-",
        budget=f"< {BUDGET_BYTES / 2**20:.0f} MB",
        kept=peak < BUDGET_BYTES,
    )


def _peak(agent: subprocess.Popen[bytes]) -> int:
    """Return the largest sum of the memory of a process and its children, shared pages counted once (PSS)."""
    process, peak, alone = psutil.Process(agent.pid), 0, (0, 0)
    while agent.poll() is None:
        try:
            own = process.memory_full_info().pss
            others = sum(child.memory_full_info().pss for child in process.children())
        except psutil.Error:
            continue
        if own + others > peak:
            peak, alone = own + others, (own, others)
        time.sleep(0.002)
    print(f"at the peak: agent {alone[0] / 2**20:.0f} MB, child {alone[1] / 2**20:.0f} MB", file=sys.stderr)
    return peak


if __name__ == "__main__":
    print(table([measure()]))
