"""`enroll`: an identity, and a configuration to begin with."""

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from farmsight_agent import enrolment
from farmsight_agent.config import default_state_dir
from farmsight_agent.config_reading import split_address
from farmsight_agent.identity import IdentityError, IdentityStore, JoinToken, Membership
from farmsight_agent.private_files import write_private

_POWERFUL: Final = "in an elevated prompt" if sys.platform == "win32" else "as root"


def enroll(
    token_text: str, collector: str, enrolment_address: str | None, name: str | None, state_dir: Path | None
) -> Iterator[str]:
    """Enrol this server and yield what was done, a line each. Raises IdentityError."""
    token = JoinToken.parse(token_text)
    address = enrolment_address or _enrolment_port(collector)
    if split_address(collector) is None or split_address(address) is None:
        raise IdentityError(f"{collector!r} is not HOST:PORT, for example collector.contoso.com:7443")
    folder = (state_dir or default_state_dir()).absolute()
    store = IdentityStore(folder)
    if store.exists():
        raise IdentityError(f"this server has an identity already in {store.folder}; remove that folder to enroll anew")
    try:
        member = enrolment.enroll(store, token, address, name or socket.gethostname())
        yield f"enrolled as {member.server} ({member.role}) of {member.farm}; agent {member.agent_id}"
        yield from _configure(folder / "agent.toml", member, collector, address)
    except OSError as error:
        raise IdentityError(f"{folder} can't be written ({error}); run {_POWERFUL}, or give --state-dir") from error


def _enrolment_port(collector: str) -> str:
    target = split_address(collector)
    if target is None:
        raise IdentityError(f"{collector!r} is not HOST:PORT, for example collector.contoso.com:7443")
    host, port = target
    return f"[{host}]:{port + 1}" if ":" in host else f"{host}:{port + 1}"


def _configure(path: Path, member: Membership, collector: str, enrolment_address: str) -> Iterator[str]:
    if path.exists():
        yield f"{path} is there already and was left as it is; see that `collectors` names {collector}"
        return
    values = {
        "state_dir": str(path.parent),
        "collectors": [collector],
        "enrolment": enrolment_address,
        "role": member.role,
        "server_name": member.server,
        "federation_service_name": member.farm,
    }
    # JSON texts and lists of texts are TOML as well; DEL is the one exception, and no name holds it.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items() if value]
    write_private(path, "".join(lines).encode())
    yield f"wrote {path}; start with `farmsight-agent run --config {path}`"
