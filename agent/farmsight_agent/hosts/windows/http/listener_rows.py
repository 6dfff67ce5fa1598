"""From sockets, processes and services to listeners. Platform-free."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from farmsight_wire.v1 import facts_pb2

IDLE: Final = 0
SYSTEM: Final = 4  # http.sys listens in the kernel, and the kernel's sockets are this process's
SYSTEM_NAME: Final = "System"
SYSTEM_ACCOUNT: Final = "NT AUTHORITY\\SYSTEM"
MAX_SERVICES: Final = 32  # that one process may be named with


@dataclass(frozen=True, kw_only=True)
class Socket:
    """A listening TCP socket with the process that holds it."""

    address: str
    port: int
    process_id: int


def listeners(
    sockets: Iterable[Socket],
    *,
    names: Mapping[int, str],
    services: Mapping[int, Iterable[str]],
    account_of: Callable[[int], str],
) -> tuple[facts_pb2.Listener, ...]:
    """Return each address and port once, in their order.

    What is not known of a process stays empty. Where several processes
    share a socket, the one with the lowest number is its holder.
    """
    held: dict[tuple[str, int], int] = {}
    for one in sockets:
        place = (one.address.partition("%")[0], one.port)
        owners = [pid for pid in (held.get(place), one.process_id) if pid]
        held[place] = min(owners, default=IDLE)
    accounts = {pid: _account(pid, account_of) for pid in set(held.values())}
    return tuple(
        facts_pb2.Listener(
            address=address,
            port=port,
            process_id=pid,
            process_name=SYSTEM_NAME if pid == SYSTEM else names.get(pid, "") if pid else "",
            service=",".join(sorted(services.get(pid, ()), key=str.lower)[:MAX_SERVICES]) if pid else "",
            account=accounts[pid],
        )
        for (address, port), pid in sorted(held.items())
    )


def _account(pid: int, account_of: Callable[[int], str]) -> str:
    if pid == SYSTEM:
        return SYSTEM_ACCOUNT  # nobody may open it to see
    return account_of(pid) if pid else ""
