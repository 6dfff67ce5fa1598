"""What was seen over the wire, from whom and of whom."""

from collections.abc import Iterator
from dataclasses import dataclass

from farmsight_collector.model.bindings import addresses_of
from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Held, Knowledge, Server, UnknownFactError
from farmsight_wire.v1 import facts_pb2

PROXIES = frozenset({"wap", "proxy"})


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One look at one address of an endpoint."""

    held: Held
    observer: Server
    target: Server | None  # the farm's server that has the address; None: a virtual address, or not known

    @property
    def value(self) -> facts_pb2.TlsEndpoint:
        """Return what was seen."""
        endpoint: facts_pb2.TlsEndpoint = self.held.value
        return endpoint

    @property
    def servers(self) -> tuple[str, ...]:
        """Return the name of the server that was looked at; empty when it is not one server's address."""
        return (self.target.name,) if self.target else ()

    @property
    def as_client(self) -> bool:
        """Tell whether clients come this way too: not from a proxy to the farm behind it."""
        if self.observer.role not in PROXIES:
            return True
        return self.target is not None and self.target.role in PROXIES

    @property
    def connected(self) -> bool:
        """Tell whether the TCP connection came about."""
        return self.value.tcp == facts_pb2.TCP_OUTCOME_CONNECTED

    @property
    def unreachable(self) -> bool:
        """Tell whether the address was tried and did not take the connection."""
        tried = (
            facts_pb2.TCP_OUTCOME_REFUSED,
            facts_pb2.TCP_OUTCOME_TIMED_OUT,
            facts_pb2.TCP_OUTCOME_UNREACHABLE,
        )
        return self.value.tcp in tried

    @property
    def completed(self) -> tuple[facts_pb2.Handshake, ...]:
        """Return the handshakes with the server's name that came about."""
        done = facts_pb2.TLS_OUTCOME_COMPLETED
        return tuple(h for h in self.value.handshakes if h.with_sni and h.outcome == done)

    @property
    def refused_tls(self) -> bool:
        """Tell whether handshakes were tried and none came about."""
        tried = [h for h in self.value.handshakes if h.outcome != facts_pb2.TLS_OUTCOME_NOT_TRIED]
        return self.connected and bool(tried) and not self.completed and not self.asks_certificate

    @property
    def asks_certificate(self) -> bool:
        """Tell whether any handshake asked for a client certificate."""
        asked = (
            facts_pb2.CLIENT_CERTIFICATE_REQUEST_ASKED,
            facts_pb2.CLIENT_CERTIFICATE_REQUEST_REQUIRED,
        )
        return any(h.client_certificate in asked for h in self.value.handshakes)

    @property
    def leaf(self) -> str:
        """Return the thumbprint of the certificate presented to clients that name the host, or nothing."""
        return next((h.chain[0].sha1 for h in self.completed if h.chain), "")


def seen(farm: Farm, name: str, port: int) -> Iterator[Seen]:
    """Yield every known look at this name and port; raises UnknownFactError when nobody is known to have looked."""
    found = _looks(farm).get((name, port), ())
    yield from found
    if not found:
        server, reason = _blind(farm) or (farm.name, f"nobody looked at {name}:{port}")
        raise UnknownFactError(server, "tls-endpoints", "", None, reason)


@per_farm
def _looks(farm: Farm) -> dict[tuple[str, int], list[Seen]]:
    """Return every look by the name and port that it was for."""
    looks: dict[tuple[str, int], list[Seen]] = {}
    for observer in farm.servers:
        for held in observer.ask("tls-endpoint").facts:
            if not held.value.plain_http:
                at = (held.value.name.lower(), held.value.port)
                look = Seen(held=held, observer=observer, target=_target(farm, observer, held))
                looks.setdefault(at, []).append(look)
    return looks


def _blind(farm: Farm) -> tuple[str, str] | None:
    """Return the first server whose looks are not known, and why."""
    for observer in sorted(farm.servers, key=lambda one: (not one.tried("tls-endpoints"), one.name)):
        answer = observer.ask("tls-endpoint")
        if answer.knowledge is Knowledge.UNKNOWN:
            return observer.name, answer.reason
    return None


def owner(farm: Farm, address: str) -> Server | None:
    """Return the one sign-in server that has this address; None when none or several have it."""
    owners = _owners(farm).get(address.lower(), ())
    return owners[0] if len(owners) == 1 else None


@per_farm
def _owners(farm: Farm) -> dict[str, tuple[Server, ...]]:
    """Return the sign-in servers that have each address."""
    owners: dict[str, tuple[Server, ...]] = {}
    for server in farm.of_role("adfs", "wap", "proxy"):
        for address in addresses_of(server):
            owners[address] = (*owners.get(address, ()), server)
    return owners


def bare(address: str) -> str:
    """Return an address without the port that may follow it."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def _target(farm: Farm, observer: Server, held: Held) -> Server | None:
    address = bare(held.value.address)
    found = owner(farm, address)
    if found is None and (address.startswith("127.") or address == "::1") and observer.role != "vantage":
        return observer
    return found
