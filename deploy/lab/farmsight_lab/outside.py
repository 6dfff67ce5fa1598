"""A machine that is no server of the farm and looks at it as clients and the tenant do: one vantage agent.

The farm's name leads to the proxies there. It needs a network namespace of
its own: on loopback nobody is outside.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any, Final

from farmsight_agent.enroll import enroll
from farmsight_agent.probes import PROBES
from farmsight_lab.agents import CADENCE_S, join_token
from farmsight_lab.farm.state import Farm
from farmsight_lab.farm.tenant import TENANT_CAS
from farmsight_lab.layout import Layout
from farmsight_lab.names import CERTAUTH, FEDERATION_SERVICE, PKI_URL
from farmsight_lab.network.namespaces import Namespaces
from farmsight_lab.pki.hierarchy import WITH_DELTA, crl_path, delta_path
from farmsight_lab.processes import Child

NAME: Final = "OUT01"
NUMBER: Final = 90  # in the addresses
AGENT: Final = (sys.executable, "-m", "farmsight_agent.cli")


class Outside:
    """The vantage agent of a lab."""

    def __init__(self, layout: Layout, network: Namespaces) -> None:
        self._layout = layout
        self._network = network
        self.child: Child | None = None

    def arrive(self, farm: Farm, addresses: Mapping[str, str]) -> None:
        """Join network and collector; raises NetworkError, IdentityError."""
        self._network.add_outside(NAME, NUMBER)
        self.configure(farm, addresses)
        token, state = join_token(self._layout, NAME, "vantage"), self._layout.agent(NAME) / "state"
        for _line in enroll(token, addresses["telemetry"], addresses["enrolment"], NAME, state):
            pass

    def configure(self, farm: Farm, addresses: Mapping[str, str]) -> None:
        """Say where names lead, and write the agent's configuration."""
        self._network.arrange_outside(NAME, farm)
        folder = self._layout.agent(NAME)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "agent.toml").write_text(_toml(self._settings(farm, addresses)), encoding="utf-8")

    def once(self, within_s: float) -> Child:
        """Start one run of every probe; it ends by itself when all that it saw is durable."""
        return self._start("--once", "--within", f"{within_s:g}")

    def run(self) -> Child:
        """Start the agent, to run until it is ended."""
        return self._start()

    def _start(self, *options: str) -> Child:
        config = self._layout.agent(NAME) / "agent.toml"
        command = [*self._network.launch_outside(NAME).prefix, *AGENT, "run", "--config", str(config.resolve())]
        self.child = Child(f"agent {NAME}", [*command, *options], self._layout.log(f"{NAME}-run"))
        return self.child

    def _settings(self, farm: Farm, addresses: Mapping[str, str]) -> dict[str, Any]:
        asking = (CERTAUTH, 443) if farm.mode == "certauth" else (FEDERATION_SERVICE, 49443)
        return {
            "state_dir": str((self._layout.agent(NAME) / "state").resolve()),
            "collectors": [addresses["telemetry"]],
            "enrolment": addresses["enrolment"],
            "role": "vantage",
            "server_name": NAME,
            "federation_service_name": FEDERATION_SERVICE,
            "check_in_s": 1,
            "retrieval": {"timeout_s": 15, "urls": _urls()},
            "endpoints": {
                "names": sorted({FEDERATION_SERVICE, asking[0]}),
                "ports": sorted({443, asking[1]}),
                "wait_s": 0.5,
                "timeout_s": 3.0,
            },
            "cadence": {probe.id: CADENCE_S for probe in PROBES},
        }


def _urls() -> list[str]:
    """Return what the tenant names: somebody wrote it into the agent's settings."""
    bases = [f"crl {PKI_URL}{crl_path(ca)}" for ca in TENANT_CAS]
    return bases + [f"delta {PKI_URL}{delta_path(ca)}" for ca in WITH_DELTA]


def _toml(settings: Mapping[str, Any]) -> str:
    # JSON strings, numbers and lists of them are TOML too.
    plain = [f"{key} = {json.dumps(value)}" for key, value in settings.items() if not isinstance(value, dict)]
    for name, table in settings.items():
        if isinstance(table, dict):
            plain += ["", f"[{name}]", *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items())]
    return "\n".join(plain) + "\n"
