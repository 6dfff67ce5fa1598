"""How this machine resolves names: its own files, and the system's resolver."""

import ipaddress
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Final

from farmsight_agent.hosts.linux import files
from farmsight_agent.outcome import NotObservedError
from farmsight_wire.v1 import facts_pb2

WAIT_S: Final = 10.0
_OUTCOMES: Final = {
    socket.EAI_NONAME: facts_pb2.RESOLUTION_OUTCOME_NO_SUCH_NAME,
    getattr(socket, "EAI_NODATA", -5): facts_pb2.RESOLUTION_OUTCOME_NO_SUCH_NAME,
    socket.EAI_AGAIN: facts_pb2.RESOLUTION_OUTCOME_TIMED_OUT,
}


def resolutions(names: Iterable[str], root: Path = Path("/")) -> list[facts_pb2.NameResolution]:
    """Return how each name resolves here; one that takes longer than 10 s has timed out."""
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return []
    hosts = hosts_file(root)
    pool = ThreadPoolExecutor(max_workers=min(8, len(wanted)))
    tasks = {name: pool.submit(_resolve, name) for name in wanted}
    wait(tasks.values(), timeout=WAIT_S)
    pool.shutdown(wait=False, cancel_futures=True)
    found = []
    for name, task in tasks.items():
        value = task.result() if task.done() and not task.cancelled() else _slow(name)
        value.from_hosts_file = bool(set(value.addresses) & hosts.get(name.lower(), set()))
        found.append(value)
    return found


def _slow(name: str) -> facts_pb2.NameResolution:
    return facts_pb2.NameResolution(name=name, outcome=facts_pb2.RESOLUTION_OUTCOME_TIMED_OUT)


def _resolve(name: str) -> facts_pb2.NameResolution:
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        outcome = _OUTCOMES.get(error.errno or 0, facts_pb2.RESOLUTION_OUTCOME_FAILED)
        return facts_pb2.NameResolution(name=name, outcome=outcome)
    except (OSError, UnicodeError):
        return facts_pb2.NameResolution(name=name, outcome=facts_pb2.RESOLUTION_OUTCOME_FAILED)
    addresses = sorted({str(answer[4][0]) for answer in answers})
    return facts_pb2.NameResolution(name=name, addresses=addresses, outcome=facts_pb2.RESOLUTION_OUTCOME_RESOLVED)


def hosts_file(root: Path = Path("/")) -> dict[str, set[str]]:
    """Return the addresses that /etc/hosts gives each name."""
    try:
        text = files.text_if_any(root / "etc/hosts")
    except NotObservedError:
        return {}
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        try:
            spelled = str(ipaddress.ip_address(address))
        except ValueError:
            continue
        for name in names:
            found.setdefault(name.lower(), set()).add(spelled)
    return found
