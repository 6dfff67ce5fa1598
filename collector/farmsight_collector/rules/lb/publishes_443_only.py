"""A load balancer in classic mode must pass on the certificate port as well."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import classic_port, service_name
from farmsight_collector.model.endpoints import bare, seen
from farmsight_collector.model.mode import Mode, need_mode
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.client.doubts import blind
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for a virtual address that takes 443 but not the port, while the servers behind it listen."""
    yield from blind(farm)
    if need_mode(farm).mode is not Mode.CLASSIC:
        return
    name, port = service_name(farm), classic_port(farm)
    closed = [s for s in seen(farm, name, port) if s.as_client and s.target is None and s.unreachable]
    if not closed:
        return
    plain = {(s.observer.name, bare(s.value.address)): s.held for s in seen(farm, name, 443) if s.connected}
    behind = _listening(farm, port)
    for look in closed:
        beside = plain.get((look.observer.name, bare(look.value.address)))
        if beside is None or not behind:
            continue
        yield Holds(
            subject=bare(look.value.address),
            title=f"{look.value.address} takes 443 for {name} but not {port}, on which the servers listen",
            evidence=(look.held, beside, *behind),
            remedy=(told("", f"Publish TCP {port} on {look.value.address} to the same pool as 443, at layer 4."),),
        )


def _listening(farm: Farm, port: int) -> tuple[Held, ...]:
    servers = farm.of_role("wap", "proxy") or farm.of_role("adfs")
    found = []
    for server in servers:
        mine = [held for held in server.need("listener") if held.value.port == port]
        if not mine:
            return ()
        found.extend(mine)
    return tuple(found)


RULE = Rule(
    code="lb.publishes-443-only",
    catalogue=("LB-03",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap", "proxy", "vantage"}),
    reads=("tls-endpoint", "listener", "tls-binding", "adfs-properties", "host"),
    what="The farm's virtual address takes 443 but not the port that asks for certificates.",
    why="Forms sign-in works, certificate sign-in ends in a time-out, although every server behind is right.",
    remedy="Add the port to the load balancer, or move the farm to certauth on 443.",
    check="Is 49443 meant, or certauth on 443?",
    undo="Take the port out of the publication again.",
    source="Microsoft KB 4032987, AD FS and WAP configuration, step 6",
    explains=("client.port-unreachable",),
    on_farm=check,
)
