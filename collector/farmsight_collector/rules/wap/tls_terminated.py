"""Between proxy and AD FS nothing may end TLS."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import service_name, serving
from farmsight_collector.model.endpoints import PROXIES, seen
from farmsight_collector.model.view import Farm, Knowledge, Server
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Compare what the proxy sees on the farm's name with what the AD FS nodes have bound."""
    server.need("tls-endpoint")
    name = service_name(farm)
    nodes = farm.of_role("adfs")
    known = [node for node in nodes if node.ask("tls-binding").knowledge is Knowledge.KNOWN]
    bound = [binding for node in known if (binding := serving(node, name, 443))]
    thumbprints = {binding.value.certificate_sha1 for binding in bound}
    for look in seen(farm, name, 443):
        back = look.target is None or look.target.role not in PROXIES
        if look.observer is not server or not back or not look.leaf or look.leaf in thumbprints:
            continue
        if not bound or len(known) < len(nodes):
            yield CannotTell(
                server=server.name, subject=look.leaf, reason="the bindings of an AD FS node are not known"
            )
            continue
        yield Holds(
            subject=look.leaf,
            servers=(server.name,),
            title=f"{server.name} sees another certificate on {name}:443 than any AD FS node has bound",
            evidence=(look.held, *bound),
            remedy=(
                told(
                    server.name,
                    f"Pass TCP 443 from {server.name} to AD FS through as it is (layer 4), "
                    "without TLS inspection or termination.",
                ),
            ),
        )


RULE = Rule(
    code="wap.tls-terminated",
    catalogue=("WAP-04",),
    severity=Severity.CRITICAL,
    roles=frozenset({"wap"}),
    reads=("tls-endpoint", "tls-binding", "host"),
    what="The certificate that a proxy meets on the farm's name is none that AD FS has bound.",
    why="Something in between ends TLS: the proxy's client certificate never arrives and the trust can't work.",
    remedy="Let load balancers and firewalls pass this connection through at layer 4.",
    check="Whose certificate does the proxy see on 443, and which device holds it?",
    undo="Set the former profile of the load balancer again.",
    source="AD FS troubleshooting, WAP trust; manage SSL certificates in AD FS and WAP (load balancers)",
    explains=("wap.trust-refused", "wap.health", "wap.farm-unreachable"),
    on_server=check,
)
