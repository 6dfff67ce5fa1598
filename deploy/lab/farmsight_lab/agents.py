"""The lab's agents: real processes, each with its own identity, configuration and evidence."""

import json
import os
import pwd
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.engine import Connection

from farmsight_agent.enroll import enroll
from farmsight_agent.probes import PROBES
from farmsight_collector.clock import SystemClock
from farmsight_collector.folder import Folder, open_folder
from farmsight_collector.identity import tokens
from farmsight_collector.store import tokens as rows
from farmsight_lab.farm.state import Farm, Server
from farmsight_lab.layout import Layout
from farmsight_lab.names import CONTEXT_ACCOUNTS, FEDERATION_SERVICE, SERVERS, Role
from farmsight_lab.network.plan import Network
from farmsight_lab.pki.hierarchy import USERS
from farmsight_lab.processes import Child

AGENT: Final = (sys.executable, "-m", "farmsight_agent.cli")
SKEWED: Final = (sys.executable, "-m", "farmsight_lab.skewed")
CADENCE_S: Final = 30
_USERS: Final = tuple(f"user-{user}" for user in USERS)


def join_tokens(layout: Layout) -> dict[str, str]:
    """Make a join token for each server, bound to its name, as `token create` does."""
    opened, made = open_folder(layout.collector), {}
    with opened.store.write() as connection:
        for server in SERVERS:
            made[server.name] = _join_token(connection, opened, server.name, server.role)
    opened.store.close()
    return made


def join_token(layout: Layout, name: str, role: str) -> str:
    """Make a join token for one machine more."""
    opened = open_folder(layout.collector)
    with opened.store.write() as connection:
        made = _join_token(connection, opened, name, role)
    opened.store.close()
    return made


def _join_token(connection: Connection, opened: Folder, name: str, role: str) -> str:
    token, now = tokens.create(opened.authority.der), SystemClock().now()
    rows.add_token(
        connection,
        token_id=token.token_id,
        secret_sha256=token.secret_hash,
        farm=FEDERATION_SERVICE,
        role=role,
        host_name=name,
        expires=now + timedelta(hours=1),
        at=now,
    )
    return token.text


def contexts(role: Role) -> dict[str, str]:
    """Return the account of each context: without root it is our own for all of them."""
    own = pwd.getpwuid(os.geteuid()).pw_name
    accounts = CONTEXT_ACCOUNTS[role]
    known = {entry.pw_name for entry in pwd.getpwall()}
    if os.geteuid() != 0:
        return dict.fromkeys(accounts, own)
    return {context: name if name in known else own for context, name in accounts.items()}


class Agent:
    """One agent: what it is told, and its process."""

    def __init__(self, layout: Layout, network: Network, name: str) -> None:
        self._layout = layout
        self._network = network
        self.name = name
        self.child: Child | None = None

    @property
    def _config(self) -> Path:
        return self._layout.agent(self.name) / "agent.toml"

    def configure(self, farm: Farm, addresses: Mapping[str, str]) -> bool:
        """Write the agent's configuration; tells whether it is another than before."""
        server = farm.servers[self.name]
        folder = self._layout.agent(self.name)
        folder.mkdir(parents=True, exist_ok=True)
        for user in _USERS:
            (folder / f"{user}.pem").write_bytes(farm.pki[user].pem)
        # Said in the file so that another clock is another configuration: the agent then starts anew.
        text = f"# clock {server.clock_offset_s:g} s off\n" + _toml(
            self._settings(server, addresses), self._tables(server)
        )
        if self._config.is_file() and self._config.read_text(encoding="utf-8") == text:
            return False
        self._config.write_text(text, encoding="utf-8")
        return True

    def _settings(self, server: Server, addresses: Mapping[str, str]) -> dict[str, Any]:
        return {
            "state_dir": str((self._layout.agent(self.name) / "state").resolve()),
            "evidence_dir": str(self._layout.evidence(self.name).resolve()),
            "collectors": [addresses["telemetry"]],
            "enrolment": addresses["enrolment"],
            "role": server.role,
            "server_name": self.name,
            "federation_service_name": FEDERATION_SERVICE,
            "check_in_s": 1,
        }

    def _tables(self, server: Server) -> dict[str, dict[str, Any]]:
        return {
            "contexts": contexts(server.role),
            "connect_to": dict(self._network.launch(server).connect_to),
            "retrieval": {
                "user_certificates": [f"{user}.pem" for user in _USERS],
                "timeout_s": 15,
            },
            # Long enough to see that the endpoint for certificates waits, short enough for a lab.
            "endpoints": {"wait_s": 0.5, "timeout_s": 3.0},
            "cadence": {probe.id: CADENCE_S for probe in PROBES},
        }

    def enrol(self, token: str, addresses: Mapping[str, str]) -> None:
        """Do what `farmsight-agent enroll` does, in this process: four more would cost a second.

        Raises IdentityError.
        """
        state = self._layout.agent(self.name) / "state"
        for _line in enroll(token, addresses["telemetry"], addresses["enrolment"], self.name, state):
            pass

    def once(self, farm: Farm, within_s: float) -> Child:
        """Start one run of every probe; it ends by itself when all that it saw is durable."""
        self.child = self._start(farm, "run", "--config", self._config_path, "--once", "--within", f"{within_s:g}")
        return self.child

    def run(self, farm: Farm) -> Child:
        """Start the agent, to run until it is ended."""
        self.child = self._start(farm, "run", "--config", self._config_path)
        return self.child

    @property
    def _config_path(self) -> str:
        return str(self._config.resolve())

    def _start(self, farm: Farm, verb: str, *options: str) -> Child:
        launch = self._network.launch(farm.servers[self.name])
        offset = farm.servers[self.name].clock_offset_s
        agent = (*SKEWED, f"{offset:g}") if offset else AGENT
        command = [*launch.prefix, *agent, verb, *options]
        return Child(f"agent {self.name}", command, self._layout.log(f"{self.name}-{verb}"))


def _toml(settings: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]) -> str:
    # JSON strings, numbers and lists of them are TOML too.
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"
