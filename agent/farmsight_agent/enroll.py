"""`enroll`: an identity, and a configuration to begin with."""

import json
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from farmsight_agent import enrolment
from farmsight_agent.config import default_state_dir
from farmsight_agent.config_reading import split_address
from farmsight_agent.identity import IdentityError, IdentityStore, JoinToken, Membership
from farmsight_agent.private_files import private_folder, write_private
from farmsight_agent.reach.proxy import Proxy, parse

LOGIN_FILE: Final = "proxy-credentials"
_POWERFUL: Final = "in an elevated prompt" if sys.platform == "win32" else "as root"


def enroll(
    token_text: str,
    collector: str | Sequence[str],
    enrolment_address: str | None,
    name: str | None,
    state_dir: Path | None,
    *,
    proxy: str | None = None,
    proxy_credentials: Path | None = None,
) -> Iterator[str]:
    """Enrol this server and yield what was done, a line each. Raises IdentityError.

    `collector` is one address or several, the text of one may hold several
    with commas between; they are tried in this order.
    """
    token = JoinToken.parse(token_text)
    collectors = addresses(collector)
    to_enrol = addresses(enrolment_address) if enrolment_address else collectors
    folder = (state_dir or default_state_dir()).absolute()
    store = IdentityStore(folder)
    if store.exists():
        raise IdentityError(f"this server has an identity already in {store.folder}; remove that folder to enroll anew")
    try:
        way = _kept(given_proxy(proxy, proxy_credentials), folder)
        done = enrolment.enroll(store, token, to_enrol, name or socket.gethostname(), way)
        member = done.member
        yield f"enrolled as {member.server} ({member.role}) of {member.farm}; agent {member.agent_id}"
        apart = done.address if done.address not in collectors else ""
        yield from _configure(folder / "agent.toml", member, collectors, apart, way)
    except OSError as error:
        raise IdentityError(f"{folder} can't be written ({error}); run {_POWERFUL}, or give --state-dir") from error


def addresses(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return the addresses of one text or several, each of which may hold some with commas between.

    Raises IdentityError for what is not HOST:PORT.
    """
    texts = [given] if isinstance(given, str) else given
    found = tuple(dict.fromkeys(one.strip() for text in texts for one in text.split(",") if one.strip()))
    for one in found or ("",):
        if split_address(one) is None:
            raise IdentityError(f"{one!r} is not HOST:PORT, for example collector.contoso.com:7443")
    return found


def given_proxy(text: str | None, credentials: Path | None) -> Proxy | None:
    """Return the proxy of a command line, None where none was given; raises IdentityError."""
    if not text:
        if credentials is not None:
            raise IdentityError("--proxy-credentials is the login of no proxy; give --proxy, too")
        return None
    try:
        return parse(text, credentials)
    except ValueError as error:
        raise IdentityError(f"--proxy {error}") from error


def _kept(proxy: Proxy | None, folder: Path) -> Proxy | None:
    """Return the proxy with its login copied to where the running agent reads it. Raises OSError, IdentityError."""
    if proxy is None or proxy.credentials is None:
        return proxy
    login, kept = proxy.login(), folder / LOGIN_FILE
    private_folder(folder)
    write_private(kept, f"{login}\n".encode())
    return replace(proxy, credentials=kept)


def _configure(
    path: Path, member: Membership, collectors: Sequence[str], apart: str, proxy: Proxy | None
) -> Iterator[str]:
    if path.exists():
        yield f"{path} is there already and was left as it is; see that `collectors` names {', '.join(collectors)}"
        if proxy:
            yield f'  and that `uplink.proxy` is "http://{proxy.text}"'
        return
    values = {
        "state_dir": str(path.parent),
        "collectors": list(collectors),
        "enrolment": apart,
        "role": member.role,
        "server_name": member.server,
        "federation_service_name": member.farm,
        "uplink.proxy": f"http://{proxy.text}" if proxy else "",
        "uplink.proxy_credentials": LOGIN_FILE if proxy and proxy.credentials else "",
    }
    # JSON texts and lists of texts are TOML as well; DEL is the one exception, and no name holds it.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items() if value]
    write_private(path, "".join(lines).encode())
    yield f"wrote {path}; start with `farmsight-agent run --config {path}`"
