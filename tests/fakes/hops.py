"""Points an agent at addresses, and tells at which hop `doctor` finds the way broken."""

import json
from pathlib import Path

from farmsight_agent import doctor
from farmsight_agent.identity import IdentityStore


def examined(state: Path, *addresses: str, proxy: str = "", login: str | None = None) -> dict[str, doctor.Step]:
    """Point the agent of a state folder at addresses and return the steps that are about them, by name."""
    identity = IdentityStore(state)
    lines = [f'state_dir = "{state}"', f"collectors = {json.dumps(list(addresses))}", 'host = "evidence"']
    lines.append('evidence_dir = "."')
    if proxy:
        lines.append(f'uplink.proxy = "http://{proxy}"')
    if login is not None:
        file = state / "proxy-login"
        file.touch(mode=0o600)
        file.write_text(login)
        lines.append('uplink.proxy_credentials = "proxy-login"')
    (state / "agent.toml").write_text("\n".join(lines) + "\n")
    assert identity.exists()
    return {step.step: step for step in doctor.Doctor(state / "agent.toml").examine() if step.address}


def failing(steps: dict[str, doctor.Step]) -> doctor.Step:
    """Return the one step that fails; all before it are well, and all after it were not tried."""
    states = [step.state for step in steps.values()]
    at = states.index("failed")
    assert set(states[:at]) <= {"ok"}, steps
    assert set(states[at + 1 :]) <= {"skipped"}, steps
    step = list(steps.values())[at]
    assert step.remedy
    return step


def hop(step: doctor.Step) -> str:
    return step.step.partition(" (")[0]
