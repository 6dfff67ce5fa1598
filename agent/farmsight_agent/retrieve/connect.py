"""TCP connections: which addresses stand for a name, and one attempt at each."""

import errno
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from farmsight_agent.retrieve import dns
from farmsight_agent.retrieve.limits import Deadline, Limits
from farmsight_agent.retrieve.trouble import RetrievalTroubleError, from_system
from farmsight_wire.v1 import facts_pb2


@dataclass(frozen=True, kw_only=True)
class Address:
    """An address and port to connect to; `shown` is how facts spell it."""

    host: str
    port: int
    shown: str


@dataclass(kw_only=True)
class Attempt:
    """What was found and tried on the way to a connection."""

    dns_addresses: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)


def shown(host: str, port: int, usual_port: int) -> str:
    """Return "ip", or "ip:port" where the port differs from the one in the URL."""
    if port == usual_port:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def addresses_of(
    host: str, port: int, connect_to: Mapping[str, str], timeout_s: float, attempt: Attempt
) -> tuple[Address, ...]:
    """Return where connections for host:port go: the override, or what the name resolves to.

    Raises `RetrievalTroubleError` when the name does not resolve.
    """
    override = connect_to.get(f"{host.lower()}:{port}")
    if override is not None:
        to_host, _, to_port = override.rpartition(":")
        to_host = to_host.strip("[]")
        found = dns.resolve(to_host, int(to_port), timeout_s)
        return tuple(_address(one, int(to_port), port) for one in found)
    found = dns.resolve(host, port, timeout_s)
    if not _is_address(host):
        attempt.dns_addresses += [one for one in found if one not in attempt.dns_addresses]
    return tuple(_address(one, port, port) for one in found)


def connect(address: Address, timeout_s: float) -> socket.socket:
    """Return a connected TCP socket; raises OSError."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.settimeout(timeout_s)
        made.connect((address.host, address.port))
    except BaseException:
        made.close()
        raise
    return made


def connect_any(
    host: str, port: int, *, connect_to: Mapping[str, str], limits: Limits, deadline: Deadline, attempt: Attempt
) -> socket.socket:
    """Return a connection to the first address that accepts, each tried in order.

    Raises the `RetrievalTroubleError` of the address that was tried last.
    """
    last = RetrievalTroubleError(
        facts_pb2.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED, f"{host}: no address", errno.EADDRNOTAVAIL
    )
    for address in addresses_of(host, port, connect_to, deadline.left(limits.timeout_s), attempt):
        attempt.tried.append(address.shown)
        try:
            return connect(address, deadline.left(limits.connect_timeout_s))
        except OSError as error:
            last = from_system(error, connecting=True)
    raise last


def _address(host: str, port: int, usual_port: int) -> Address:
    return Address(host=host, port=port, shown=shown(host, port, usual_port))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
