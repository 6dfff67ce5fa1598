"""What stands before the farm lets handshakes through."""

from collections.abc import Iterator

from farmsight_collector.model.endpoints import Seen, seen
from farmsight_collector.model.mode import client_endpoint
from farmsight_collector.model.view import Farm
from farmsight_collector.rules.client.doubts import blind
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare looks from outside with those of the farm's own servers at every server that clients meet there."""
    yield from blind(farm)
    yield from unseen(farm.of_role("adfs", "wap", "proxy"), "host")
    name, port = client_endpoint(farm)
    looks = [look for look in seen(farm, name, port) if look.as_client]
    meant = {server.name for server in farm.of_role("wap", "proxy") or farm.of_role("adfs")}
    inside = [look for look in looks if look.observer.role != "vantage" and look.target and look.target.name in meant]
    well = {look.target.name for look in inside if look.target and (look.completed or look.asks_certificate)}
    if not meant or well != meant or any(look.refused_tls for look in inside):
        return  # a server is at fault, or not every one is known to be well
    for look in looks:
        if look.observer.role == "vantage" and look.refused_tls:
            yield _holds(name, port, look, inside)


def _holds(name: str, port: int, look: Seen, inside: list[Seen]) -> Holds:
    return Holds(
        subject=f"{name}:{port}",
        title=f"Handshakes with {name}:{port} break off from {look.observer.name}, and not from inside",
        evidence=(look.held, *(one.held for one in inside[:6])),
        remedy=(
            told(
                "the device in front",
                f"Exempt TCP {port} to {name} from TLS inspection, intrusion prevention and limits on handshakes",
                check="Look at the same address from either side of each device on the way.",
                undo="Take the exemption back.",
            ),
        ),
    )


RULE = Rule(
    code="lb.resets-from-outside",
    catalogue=("LB-06",),
    severity=Severity.WARNING,
    roles=frozenset({"vantage"}),
    reads=("tls-endpoint", "tls-binding", "adfs-properties", "host"),
    what="From outside the handshake breaks off, while each server that clients meet completes it from inside.",
    why="A firewall or load balancer between ends long or renegotiated handshakes: nobody outside is asked.",
    remedy="Exempt the farm's names and ports from inspection on the devices in front.",
    check="Look at the same address from either side of each device on the way.",
    undo="Take the exemption back.",
    source="Comparison of looks from both sides; that a device between is at fault is concluded",
    explains=("client.endpoint-refuses", "lb.node-differs"),
    on_farm=check,
)
