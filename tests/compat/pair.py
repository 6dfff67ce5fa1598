"""One agent and one collector of two releases, from enrolment over reports and changes to findings."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.compat.installed import FARM, SERVER, CompatError, Release, serving

EVIDENCE: Final = Path(__file__).parents[2] / "docs/sample-evidence" / SERVER


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a collector made of what an agent told it, before and after a change on the server."""

    agent: str
    collector: str
    facts: int
    probes: frozenset[tuple[str, str]]
    findings: frozenset[tuple[str, str]]
    changed: frozenset[tuple[str, str]]


def run(agent: Release, collector: Release, work: Path) -> Outcome:
    """Let them work together once. Raises CompatError naming the first thing that does not hold."""
    data, state, evidence = prepared(work)
    with serving(collector, data) as where:
        enrol(agent, collector, data, state, where, evidence)
        _deliver(agent, state)
        server = _server(collector, data, agent)
        before = _findings(collector, data)
        _deliver(agent, state)  # nothing changed: check-ins, and the spool resumed under the same epoch
        change(evidence)
        _deliver(agent, state)  # the change against what the collector has
        changed = _findings(collector, data)
    _nothing_refused(collector, data)
    return Outcome(
        agent=agent.version,
        collector=collector.version,
        facts=server["facts"],
        probes=frozenset((one["probe"], one["outcome"]) for one in server["probes"]),
        findings=before,
        changed=changed,
    )


def prepared(work: Path) -> tuple[Path, Path, Path]:
    """Return the folders of a collector, an agent, and the server that it looks at: captured files, to be changed."""
    evidence = work / "evidence"
    shutil.copytree(EVIDENCE, evidence)
    return work / "collector", work / "agent", evidence


def enrol(agent: Release, collector: Release, data: Path, state: Path, where: dict[str, str], evidence: Path) -> None:
    """Enrol an agent that looks at captured files. Raises CompatError."""
    made = collector.collector("token", "create", "--data", str(data), "--farm", FARM, "--role", "wap")
    agent.run(
        *("farmsight_agent.cli", "enroll", "--token", str(made["token"]), "--name", SERVER, "--state-dir", str(state)),
        *("--collector", _bare(where["telemetry"]), "--enrolment", _bare(where["enrolment"])),
    )
    with (state / "agent.toml").open("a") as file:
        file.write(f'host = "evidence"\nevidence_dir = "{evidence}"\n[endpoints]\nenabled = false\n')


def _bare(address: str) -> str:
    return address.rpartition("//")[2]


def _deliver(agent: Release, state: Path) -> None:
    agent.run("farmsight_agent.cli", "run", "--once", "--within", "120", "--config", str(state / "agent.toml"))


def _server(collector: Release, data: Path, agent: Release) -> dict[str, Any]:
    told = collector.asked(data, "status", "--probes")
    servers = [server for farm in told.get("farms", [told]) for server in farm.get("servers", [])]
    found: dict[str, Any] | None = next((server for server in servers if server["name"] == SERVER), None)
    if found is None or not found["facts"]:
        raise CompatError(f"the collector {collector.version} shows nothing of the agent {agent.version}: {servers}")
    if found["agent_version"] != agent.version:
        raise CompatError(f"the collector takes the agent {agent.version} for {found['agent_version']}")
    return found


def _findings(collector: Release, data: Path) -> frozenset[tuple[str, str]]:
    told = collector.asked(data, "findings", "--farm", FARM)
    return frozenset((one["code"], one["subject"]) for one in told["findings"])


def change(evidence: Path) -> None:
    """Take the reservation of port 49443 away, as somebody at the server would: netsh http delete urlacl."""
    for file in evidence.glob("*_49443.txt"):
        text = file.read_bytes()
        file.write_bytes(
            text.replace(b"49443", b"49444").replace(b"4\x009\x004\x004\x003\x00", b"4\x009\x004\x004\x004\x00")
        )


def _nothing_refused(collector: Release, data: Path) -> None:
    told = collector.collector("record", "quarantine", "--data", str(data))
    frames = next((value for value in told.values() if isinstance(value, list)), [])
    if frames:
        raise CompatError(f"the collector {collector.version} could not take {len(frames)} frames: {frames[:3]}")
