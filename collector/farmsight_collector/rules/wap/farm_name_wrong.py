"""On a proxy the service's name must lead to AD FS, not to the proxy."""

from collections.abc import Iterator, Mapping

from farmsight_collector.correlate.peers import compare
from farmsight_collector.model.bindings import addresses_of, service_name
from farmsight_collector.model.endpoints import PROXIES, owner
from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.rules.commands import powershell, quoted
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Judge the addresses by whose they are, and against what other proxies and the nodes themselves find."""
    name = service_name(farm)
    mine = _resolution(server.need("host"), name)
    if mine is None:
        yield CannotTell(server=server.name, subject=name, reason=f"{server.name} did not resolve {name}")
        return
    held, found = mine
    fault = _fault(farm, server, found, _peers(farm))
    if fault:
        by = "the hosts file" if found.from_hosts_file else "DNS"
        yield Holds(
            subject=name,
            servers=(server.name,),
            title=f"{server.name}: {name} {fault} (by {by})",
            evidence=(held,),
            remedy=(
                powershell(
                    server.name,
                    f"Select-String {quoted(name)} 'C:\\Windows\\System32\\drivers\\etc\\hosts'",
                    f"Resolve-DnsName {quoted(name)}",
                ),
            ),
        )


def _fault(farm: Farm, server: Server, found: facts_pb2.NameResolution, peers: Mapping[str, frozenset[str]]) -> str:
    if found.outcome == facts_pb2.RESOLUTION_OUTCOME_NO_SUCH_NAME:
        return "has no address"
    for address in found.addresses:
        target = owner(farm, address)
        loops = target is None and (address.startswith("127.") or address == "::1")
        if loops or (target is not None and target.role in PROXIES):
            return f"leads to {target.name if target else 'this proxy itself'} ({address})"
    mine = frozenset(found.addresses)
    odd = server.name in compare(peers).odd
    for node in farm.of_role("adfs") if odd else ():
        node.need("host")  # it may be a node's address
    if odd and not mine & {a for node in farm.of_role("adfs") for a in addresses_of(node)}:
        return f"leads to {', '.join(sorted(mine))}, elsewhere than on the other servers"
    return ""


@per_farm
def _peers(farm: Farm) -> dict[str, frozenset[str]]:
    """Return the addresses that each server finds for the service's name."""
    found, name = {}, service_name(farm)
    for peer in farm.of_role("adfs", "wap", "proxy"):
        seen = _resolution(peer.ask("host").facts, name)
        if seen is not None and seen[1].addresses:
            found[peer.name] = frozenset(seen[1].addresses)
    return found


def _resolution(hosts: tuple[Held, ...], name: str) -> tuple[Held, facts_pb2.NameResolution] | None:
    return next(((held, r) for held in hosts for r in held.value.resolutions if r.name.lower() == name), None)


RULE = Rule(
    code="wap.farm-name-wrong",
    catalogue=("NET-10",),
    severity=Severity.ERROR,
    roles=frozenset({"wap", "proxy"}),
    reads=("host",),
    what="On a proxy, the federation service's name has no address, or that of a proxy, or one of its own.",
    why="The proxy talks to itself or to nobody: loops, 503, a trust that can't be renewed.",
    remedy="Put the addresses of the AD FS nodes or of their load balancer into the proxy's DNS or hosts file.",
    check="Which addresses do the AD FS nodes and their load balancer have?",
    undo="Set the former line or record again.",
    source="Microsoft Japan support on renewing AD FS and WAP certificates; AD FS trace collector (hosts file)",
    explains=("wap.farm-unreachable", "wap.tls-terminated", "wap.health", "network.resolution-differs"),
    on_server=check,
)
