"""Several collectors on one PostgreSQL, agents of the real code, and somebody who watches."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import grpc

from farmsight_agent.clock import SystemClock
from farmsight_agent.collector_clock import CollectorClock
from farmsight_agent.config import load
from farmsight_agent.contexts.runner import ContextRunner
from farmsight_agent.enroll import enroll
from farmsight_agent.identity_child import RunningIdentity
from farmsight_agent.spool import Spool
from farmsight_agent.uplink import Uplink
from farmsight_collector.cli.connection import Connection
from farmsight_wire.v1 import facts_pb2, query_pb2
from tests.fakes.agents import full, service
from tests.fakes.serving import run

CODE = "adfs.service-stopped"
FARM = "sts.contoso.com"
RUNNING, STOPPED = facts_pb2.SERVICE_STATE_RUNNING, facts_pb2.SERVICE_STATE_STOPPED


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def folders(tmp_path: Path, url: str, *names: str) -> list[Path]:
    """Make a data folder for each replica; the later ones join the first."""
    made: list[Path] = []
    for name in names:
        data = tmp_path / name
        join = ("--join", str(made[0])) if made else ()
        anywhere = [f"--{port}=127.0.0.1:0" for port in ("telemetry", "enrolment", "query")]
        named = ("--name", "localhost", "--farm", FARM, "--database", url)
        done = run("init", "--data", str(data), *named, *join, *anywhere)
        assert done.returncode == 0, done.stderr
        settings = data / "collector.toml"
        kept = [line for line in settings.read_text().splitlines() if not line.startswith("web = ")]
        text = "\n".join(kept).replace("[listen]", '[listen]\nweb = "off"')
        settings.write_text(
            f'{text}\n[replicas]\nname = "{name}"\nlease_s = 3\nbeat_s = 1\n[watching]\ncoalesce_ms = 1\n'
        )
        made.append(data)
    return made


def on_ports(ports: dict[str, int]) -> list[str]:
    return [f"--{name}=127.0.0.1:{port}" for name, port in ports.items()]


def new_ports() -> dict[str, int]:
    return {name: free_port() for name in ("telemetry", "enrolment", "query")}


def until(holds: Callable[[], object], seconds: float = 30) -> float:
    """Wait until something holds; returns after how many seconds it did."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "it did not come to be in time"
        time.sleep(0.02)
    return time.monotonic() - began


class NoProbes:
    """Stands for probes that a test runs by hand."""

    platform = "linux"

    def unchanged_runs(self) -> list[object]:
        return []

    def put_back(self, runs: object) -> None:
        pass

    def set_cadence(self, probe: str, seconds: int) -> None:
        pass


class RealAgent:
    """An agent's spool and uplink, with several collectors to go to."""

    def __init__(self, state: Path, name: str, token: str, addresses: list[dict[str, str]]) -> None:
        first, *_ = addresses
        list(enroll(token, first["telemetry"], first.get("enrolment"), name, state))
        settings = state / "agent.toml"
        lines = [line for line in settings.read_text().splitlines() if not line.startswith("collectors")]
        settings.write_text("\n".join([f"collectors = {json.dumps([a['telemetry'] for a in addresses])}", *lines]))
        self.name = name
        self.recorded = 0
        self.spool = Spool(state / "spool.db", limit_bytes=32 << 20, blob_limit=1 << 20, clock=SystemClock())
        identity = RunningIdentity(state, ContextRunner(self.spool, blob_limit=1 << 20))
        config, clock = load(state / "agent.toml"), SystemClock()
        self.uplink = Uplink(config, identity, self.spool, NoProbes(), clock, CollectorClock())  # type: ignore[arg-type]
        self.spool.on_change = self.uplink.notify
        self.thread = threading.Thread(target=self.uplink.run, daemon=True)
        self.thread.start()

    def says(self, state: "facts_pb2.ServiceState.ValueType", *more: str) -> None:
        """Report the AD FS service, and others that run, as of now."""
        adfs = service("adfssrv", state=state)
        adfs.service.start = facts_pb2.SERVICE_START_AUTOMATIC
        self.recorded += 1
        self.spool.record([full(0, adfs, *(service(name) for name in more), at=datetime.now(UTC))])

    def settled(self) -> bool:
        """Tell whether everything recorded was acknowledged."""
        return bool(self.spool.size()[1] == 0)

    def stop(self) -> None:
        self.uplink.stop()
        self.thread.join(20)
        self.spool.close()


class Watching:
    """Somebody who watches a farm at one replica."""

    def __init__(self, data: Path, query: str) -> None:
        token, ca = (data / "query-token").read_text().strip(), (data / "ca.crt").read_bytes()
        self.channel, stub = Connection(address=query, token=token, ca_pem=ca).stub()
        self.events: list[tuple[float, query_pb2.WatchResponse]] = []
        self.synced = threading.Event()
        self.call = stub.Watch(query_pb2.WatchRequest(scope=query_pb2.Scope(farm=FARM), snapshot_first=True))
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        assert self.synced.wait(20)

    def _read(self) -> None:
        try:
            for event in self.call:
                if event.event == query_pb2.WATCH_EVENT_SYNCED:
                    self.synced.set()
                elif self.synced.is_set():
                    self.events.append((time.monotonic(), event))
        except grpc.RpcError:
            pass

    def stands(self) -> set[str]:
        """Return the servers that the finding of the stopped service is on, by what was told last."""
        last = next((e for _, e in reversed(self.events) if e.finding.code == CODE), None)
        return set() if last is None or last.event == query_pb2.WATCH_EVENT_CLOSED else set(last.finding.servers)

    def told(self) -> list[str]:
        """Return what was told of that finding."""
        return [
            query_pb2.WatchEvent.Name(e.event).removeprefix("WATCH_EVENT_").lower()
            for _, e in self.events
            if e.finding.code == CODE
        ]

    def close(self) -> None:
        self.call.cancel()
        self.channel.close()
        self.thread.join(5)


@contextmanager
def watching(data: Path, query: str) -> Iterator[Watching]:
    one = Watching(data, query)
    try:
        yield one
    finally:
        one.close()
