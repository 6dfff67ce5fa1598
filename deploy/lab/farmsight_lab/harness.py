"""The lab as a thing in hand: `with Lab(folder) as lab: lab.up("demo"); lab.once()`.

Also what the end-to-end tests stand on: scenarios are exchanged in a running
lab, agents and collector can be killed.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from farmsight_lab.agents import Agent, join_tokens
from farmsight_lab.collector import Collector
from farmsight_lab.farm.evidence import write_evidence
from farmsight_lab.farm.sites import write_listener, write_site
from farmsight_lab.farm.state import Farm
from farmsight_lab.layout import Layout
from farmsight_lab.names import SERVERS
from farmsight_lab.network import namespaces
from farmsight_lab.network.loopback import Loopback
from farmsight_lab.network.plan import Network
from farmsight_lab.outside import Outside
from farmsight_lab.pki.hierarchy import USERS, load_or_make
from farmsight_lab.processes import Child, ProcessError, end_all, started
from farmsight_lab.scenario import Scenario, load
from farmsight_wire.v1 import query_pb2

ONCE_S: Final = 90.0
_NAMESPACES_LOCK: Final = "\0farmsight-lab-namespaces"  # the names of namespaces are the machine's


class LabError(Exception):
    """The lab can't do what is asked; the text says why."""


class Lab:
    """One lab in one folder. A context manager: whatever happens, nothing is left behind."""

    def __init__(self, folder: Path, *, network: str = "auto", say: Callable[[str], None] = lambda _: None) -> None:
        self.layout = Layout(folder)
        self._wish = network
        self._say = say
        self._stack = contextlib.ExitStack()
        self._world: Child | None = None
        self._outside: Outside | None = None

    def __enter__(self) -> Self:
        self._stack.__enter__()
        try:
            self._take_folder()
            self.network = self._choose_network()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def up(self, scenario: Scenario | str = "healthy") -> None:
        """Start everything: network, servers, collector, agents."""
        self.scenario = load(scenario) if isinstance(scenario, str) else scenario
        self._need_network()
        self._say(f"lab in {self.layout.root}, network: {self.network.kind}")
        self.pki = load_or_make(self.layout.pki, datetime.now(UTC))
        self.farm = self._made(self.scenario)
        self.collector = Collector(self.layout, self.network.collector_address)
        self.collector.initialise()
        self._stack.callback(self._end)
        self.network.up()
        self._write()
        self.collector.start()
        self._world = Child(
            "world",
            [sys.executable, "-m", "farmsight_lab.world", str(self.layout.world)],
            self.layout.log("world"),
        )
        self._say(f"PKI, web servers and TLS listeners; scenario {self.scenario.name}")
        tokens = join_tokens(self.layout)
        self.collector.wait()
        self._say(
            f"collector at {self.collector.addresses['telemetry']}, questions at {self.collector.addresses['query']}"
        )
        self._wait_world()
        self.agents = {server.name: Agent(self.layout, self.network, server.name) for server in SERVERS}
        self._enrol(tokens)
        self._say("agents enrolled: " + ", ".join(self.agents))

    def look_from_outside(self) -> None:
        """Let an agent outside join, which then reports with the others; raises LabError where nobody is outside."""
        if not isinstance(self.network, namespaces.Namespaces):
            raise LabError("on loopback nobody is outside: that needs network namespaces (root and ip netns)")
        self._outside = Outside(self.layout, self.network)
        self._outside.arrive(self.farm, self.collector.addresses)
        self._say("an agent looks from outside, too")

    def plant(self, scenario: Scenario | str) -> None:
        """Exchange the scenario: what is planted is lifted, then the new faults. Agents must not be running."""
        self.scenario = load(scenario) if isinstance(scenario, str) else scenario
        self._need_network()
        self.farm = self._made(self.scenario)
        self._write()
        self._wait_world()
        for agent in self.agents.values():
            agent.configure(self.farm, self.collector.addresses)
        if self._outside:
            self._outside.configure(self.farm, self.collector.addresses)

    def once(self, timeout_s: float = ONCE_S) -> query_pb2.ListFindingsResponse:
        """Let every agent run every probe once and deliver it; return the findings.

        Raises ProcessError when an agent could not, or not in time.
        """
        running = {name: agent.once(self.farm, timeout_s) for name, agent in self.agents.items()}
        looking = self._outside.once(timeout_s) if self._outside else None
        deadline = time.monotonic() + timeout_s + 5
        try:
            for name, agent in self.agents.items():
                code = running[name].wait(max(0.1, deadline - time.monotonic()))
                if code < 0:
                    # A service manager would start it anew, and its spool has what it saw.
                    self._say(f"agent {name} was ended by signal {-code}; started anew")
                    agent.once(self.farm, timeout_s).wait(max(0.1, deadline - time.monotonic()))
            if looking is not None:
                looking.wait(max(0.1, deadline - time.monotonic()))
        except ProcessError:
            end_all(child for child in running.values() if child.running)
            raise
        self.check()
        return self.findings()

    def run(self) -> None:
        """Start the agents, to run until the lab ends."""
        for agent in self.agents.values():
            agent.run(self.farm)
        if self._outside:
            self._outside.run()

    def change(self, scenario: Scenario) -> None:
        """Exchange the faults under running agents: they see it when their probes run again.

        An agent whose settings have changed with it starts anew.
        """
        farm = self._made(scenario)
        self.scenario, self.farm = scenario, farm
        self._write()
        self._wait_world()
        for agent in self.agents.values():
            if agent.configure(self.farm, self.collector.addresses) and agent.child is not None:
                end_all([agent.child])
                agent.run(self.farm)

    def findings(self) -> query_pb2.ListFindingsResponse:
        """Return the findings as of now."""
        return self.collector.findings()

    def _made(self, scenario: Scenario) -> Farm:
        return scenario.farm(self.pki, datetime.now(UTC), self.network.addressing)

    def trace(self, user: str, *paths: str) -> query_pb2.TraceResponse:
        """Return what becomes of a user's certificate, as of now."""
        return self.collector.trace(self.layout.user(user).read_bytes(), paths)

    def _write_users(self) -> None:
        """Give users' certificates out as users would export them: DER, without the key, of the scenario's make."""
        self.layout.users.mkdir(exist_ok=True)
        for user in USERS:
            self.layout.user(user).write_bytes(self.farm.pki[f"user-{user}"].der)

    def _write(self) -> None:
        """Write what all processes read, and arrange the network."""
        farm, layout = self.farm, self.layout
        self._write_users()
        sites, listeners = [], []
        for which in ("main", "mirror"):
            at = self.network.site(which)
            sites.append([str(write_site(farm, which, layout.site(which), at.listen)), at.namespace])
        for server in farm.servers.values():
            write_evidence(farm, server, layout.evidence(server.name))
            for listening in server.listening:
                at = self.network.listener(server.name, listening.port)
                file = write_listener(farm, server, listening, layout.listeners(server.name), at.listen)
                listeners.append([str(file), at.namespace])
        self.network.arrange(farm)
        self._version = time.time_ns()
        document: dict[str, Any] = {"version": self._version, "sites": sites, "listeners": listeners}
        fresh = layout.world.with_suffix(".new")
        fresh.write_text(json.dumps(document), encoding="utf-8")
        fresh.replace(layout.world)

    def _wait_world(self) -> None:
        assert self._world is not None
        word, deadline = f"ready {self._version}\n", time.monotonic() + 15
        while not self._world.says(word):
            self._world.check()
            if time.monotonic() > deadline:
                raise ProcessError(f"the web servers did not get ready: {self._world.last_words()}")
            time.sleep(0.03)

    def _enrol(self, tokens: dict[str, str]) -> None:
        def enrol(agent: Agent) -> None:
            agent.enrol(tokens[agent.name], self.collector.addresses)

        for agent in self.agents.values():
            agent.configure(self.farm, self.collector.addresses)
        with ThreadPoolExecutor(len(self.agents)) as pool:
            for _ in pool.map(enrol, self.agents.values()):
                pass

    def check(self) -> None:
        """Raise ProcessError when one of the lab's processes has ended as it should not."""
        for child in self._children():
            if child.code != 0:
                child.check()

    def _children(self) -> Iterable[Child]:
        agents = [agent.child for agent in getattr(self, "agents", {}).values()]
        agents += [self._outside.child] if self._outside else []
        return [child for child in (*agents, self.collector.child, self._world) if child is not None]

    def _end(self) -> None:
        """End processes in order, so that agents lose nothing and the store is closed; then the network."""
        if threading.current_thread() is threading.main_thread():
            # A second Ctrl-C must not leave half of it behind; all that follows has an end of its own.
            before = signal.signal(signal.SIGINT, signal.SIG_IGN)
            self._stack.callback(signal.signal, signal.SIGINT, before)
        self._say("stopping")
        last = (self.collector.child, self._world)
        self.collector.close()
        mine = started(self.layout.log("any").parent)
        end_all(child for child in mine if child not in last)
        end_all(child for child in mine if child in last)
        self.network.down()

    def _take_folder(self) -> None:
        self.layout.root.mkdir(parents=True, exist_ok=True)
        lock = self._stack.enter_context(self.layout.lock.open("a+", encoding="ascii"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise LabError(f"a lab is up in {self.layout.root} (process {lock.read().strip()})") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._stack.callback(lambda: self.layout.lock.write_text("", encoding="ascii"))
        shutil.rmtree(self.layout.run, ignore_errors=True)
        self.layout.run.mkdir(parents=True)

    def _choose_network(self) -> Network:
        if self._wish != "loopback" and namespaces.possible():
            guard = socket.socket(socket.AF_UNIX)
            self._stack.enter_context(contextlib.closing(guard))
            try:
                guard.bind(_NAMESPACES_LOCK)
            except OSError:
                self._say("another lab has the network namespaces")
            else:
                return namespaces.Namespaces(self.layout.network)
        if self._wish == "namespaces":
            raise LabError("network namespaces can't be had here: they need root and ip netns, and one lab at a time")
        return Loopback()

    def _need_network(self) -> None:
        if self.scenario.needs == "namespaces" and self.network.kind != "namespaces":
            raise LabError(f"{self.scenario.name} needs network namespaces (root and ip netns)")
