"""How this machine resolves names: its hosts file, and the system's own resolver."""

import ipaddress
import socket
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final

from farmsight_wire.v1 import facts_pb2

WAIT_S: Final = 10.0
MAX_LINES: Final = 100_000

_WSANO_DATA: Final = 11004  # Windows: the name is there and has no address, which to us is no name
_OUTCOMES: Final = {
    socket.EAI_NONAME: facts_pb2.RESOLUTION_OUTCOME_NO_SUCH_NAME,
    getattr(socket, "EAI_NODATA", -5): facts_pb2.RESOLUTION_OUTCOME_NO_SUCH_NAME,
    _WSANO_DATA: facts_pb2.RESOLUTION_OUTCOME_NO_SUCH_NAME,
    socket.EAI_AGAIN: facts_pb2.RESOLUTION_OUTCOME_TIMED_OUT,
}


def resolutions(names: Iterable[str], by_hand: Mapping[str, set[str]]) -> list[facts_pb2.NameResolution]:
    """Return how each name resolves here; one that takes longer than 10 s has timed out.

    `by_hand` is what the hosts file says (see `hosts_file`): an answer with
    one of its addresses came from there.
    """
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return []
    pool = ThreadPoolExecutor(max_workers=min(8, len(wanted)))
    tasks = {name: pool.submit(_resolve, name) for name in wanted}
    wait(tasks.values(), timeout=WAIT_S)
    pool.shutdown(wait=False, cancel_futures=True)
    found = []
    for name, task in tasks.items():
        value = task.result() if task.done() and not task.cancelled() else _slow(name)
        value.from_hosts_file = bool(set(value.addresses) & by_hand.get(name.lower(), set()))
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


def hosts_file(text: str) -> dict[str, set[str]]:
    """Return the addresses that a hosts file gives each name (in lower case); other lines are passed over."""
    found: dict[str, set[str]] = {}
    for line in text.splitlines()[:MAX_LINES]:
        address, *names = line.partition("#")[0].split() or [""]
        try:
            spelled = str(ipaddress.ip_address(address))
        except ValueError:
            continue
        for name in names:
            found.setdefault(name.lower(), set()).add(spelled)
    return found
