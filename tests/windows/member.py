"""The agent on a pretend Windows Server as a member of a farm, and what its collector knows from it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from farmsight_agent.probes import PROBES as _EVERY
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.model.view import Coverage, Held, Server
from tests.fakes.live_collector import FARM, Running
from tests.windows.bed.wine_host import WineHost

STATE: Final = r"C:\ProgramData\farmsight-agent"
PROBES: Final = frozenset(probe.id for probe in _EVERY)


@dataclass(frozen=True, kw_only=True)
class Member:
    """An enrolled agent."""

    host: WineHost
    collector: Running
    name: str

    def configure(self, toml: str) -> None:
        """Add lines to the agent's configuration."""
        file = self.host.path(rf"{STATE}\agent.toml")
        file.write_text(f"{file.read_text(encoding='utf-8')}\n{toml}\n", encoding="utf-8")

    def run_once(self) -> None:
        """Let every probe run once and all of it be durable."""
        self.host.agent("run", "--once", "--within", "90", timeout=240)

    def serve_once(self) -> None:
        """Run as a service of Windows until every probe has run and all of it is told, then stop."""
        began = self.collector.clock.now()
        self.host.agent("service", "start")
        try:
            self.host.wait_for("every probe's run", lambda: self._all_since(began), within_s=120)
        finally:
            self.host.agent("service", "stop")

    def _all_since(self, instant: datetime) -> bool:
        with self.collector.store.read() as connection:
            servers = farm_as_of(connection, FARM, self.collector.clock.now()).servers
        runs = [run for server in servers if server.name == self.name for run in server.coverage]
        return {run.probe for run in runs} >= PROBES and all(run.covered_until > instant for run in runs)

    def server(self) -> Server:
        """Return this server as the collector knows it now."""
        with self.collector.store.read() as connection:
            servers = farm_as_of(connection, FARM, self.collector.clock.now()).servers
        return next(server for server in servers if server.name == self.name)

    def blob(self, sha256: bytes) -> bytes | None:
        """Return bytes that the collector keeps by their hash."""
        with self.collector.store.read() as connection:
            farm = farm_as_of(connection, FARM, self.collector.clock.now())
            return farm.blob(sha256)

    def known(self) -> "Known":
        """Return what the collector knows now, to be compared with what it knows later."""
        return Known(server=self.server())

    def values(self, kind: str, context: str | None = None) -> dict[str, Any]:
        """Return the values of a kind as known now."""
        return self.known().values(kind, context)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a collector knew of a server at one moment."""

    server: Server

    def values(self, kind: str, context: str | None = None) -> dict[str, Any]:
        """Return the values of a kind by key: of one context, or those that have none."""
        return {key: fact.value for key, fact in self.facts(kind, context).items()}

    def facts(self, kind: str, context: str | None = None) -> dict[str, Held]:
        """Return the facts of a kind by key: of one context, or those that have none."""
        return {held.key: held for held in self.server.facts.get(kind, ()) if held.context == context}

    def coverage(self, probe: str, part: str = "", context: str | None = None) -> Coverage:
        """Return what the last run of a part of a probe came to."""
        asked = (probe, part, context)
        return next(one for one in self.server.coverage if (one.probe, one.part, one.context) == asked)


def enrol(host: WineHost, collector: Running, *, name: str = "ADFS01", role: str = "adfs") -> Member:
    """Enrol the agent of a booted host over mTLS, as an operator does."""
    token = collector.token(role=role)
    addresses = ("--collector", collector.addresses["telemetry"], "--enrolment", collector.addresses["enrolment"])
    host.agent("enroll", "--token", token, *addresses, "--name", name)
    return Member(host=host, collector=collector, name=name)
