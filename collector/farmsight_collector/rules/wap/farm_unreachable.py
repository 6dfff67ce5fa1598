"""A proxy must reach the farm behind it on 443."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import ADFS_SERVICE, service_name
from farmsight_collector.model.endpoints import PROXIES, Seen, seen
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.rules.commands import powershell, quoted
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look at this proxy's own looks at the farm; the certificate port is not needed on this leg."""
    server.need("tls-endpoint")
    name = service_name(farm)
    looks = [s for s in seen(farm, name, 443) if s.observer is server and not _of_a_proxy(s)]
    if not looks:
        yield CannotTell(server=server.name, reason=f"{server.name} did not look at {name}:443")
    unplaced = tuple(unseen(farm.of_role(*sorted(PROXIES)), "host", about=server.name))
    for look in looks:
        fault = _fault(look)
        if fault and look.target is None and unplaced:
            yield from unplaced  # it may be the address of a proxy
        elif fault:
            yield Holds(
                subject=f"{name}:443",
                servers=(server.name,),
                title=f"{server.name}: {name}:443 at {look.value.address} {fault}",
                evidence=(look.held, *_behind(farm, look)),
                remedy=(
                    powershell(
                        server.name,
                        f"Resolve-DnsName {quoted(name)}; Test-NetConnection {quoted(name)} -Port 443; "
                        f"Invoke-WebRequest {quoted(f'https://{name}/adfs/services/trust/mex')} -UseBasicParsing",
                    ),
                ),
            )


def _of_a_proxy(look: Seen) -> bool:
    return look.target is not None and look.target.role in PROXIES


def _behind(farm: Farm, look: Seen) -> Iterator[Held]:
    """Yield what is known of the AD FS service and bindings on the servers that should have answered."""
    for node in (look.target,) if look.target else farm.of_role("adfs"):
        kinds = node.facts.get("service", ()) + node.facts.get("tls-binding", ())
        yield from (h for h in kinds if h.key == ADFS_SERVICE or (h.kind == "tls-binding" and h.value.port == 443))


def _fault(look: Seen) -> str:
    if look.unreachable:
        return "does not take the connection"
    if look.refused_tls:
        return "breaks off the TLS handshake"
    return f"answers HTTP {look.value.http_status}" if look.value.http_status >= 500 else ""


RULE = Rule(
    code="wap.farm-unreachable",
    catalogue=("NET-09",),
    severity=Severity.CRITICAL,
    roles=frozenset({"wap", "proxy"}),
    reads=("tls-endpoint", "host", "service", "tls-binding"),
    what="A proxy gets no sound answer from the farm on 443.",
    why="Everything that comes from outside through this proxy fails (503, event 224).",
    remedy="Open 443 from the proxy to the AD FS nodes or their load balancer; put DNS or the hosts file right.",
    check="Resolve the name and connect, from this proxy and from one that works.",
    undo="Take back the rule that was made for it.",
    source="adfsToolbox TestSTSReachableFromProxy",
    explains=("wap.trust-refused", "wap.health", "client.endpoint-refuses", "lb.node-differs"),
    on_server=check,
)
