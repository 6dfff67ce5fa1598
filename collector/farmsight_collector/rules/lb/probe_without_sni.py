"""A probe that names no host is answered too."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import ADFS_APPLICATION, by_address, is_wildcard, service_name
from farmsight_collector.model.endpoints import Seen, bare, seen
from farmsight_collector.model.mode import client_endpoint
from farmsight_collector.model.view import Farm, Held, Server, UnknownFactError
from farmsight_collector.rules.client.doubts import blind
from farmsight_collector.rules.commands import argument, powershell
from farmsight_collector.rules.http.commands import THUMBPRINT
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen
from farmsight_wire.v1 import facts_pb2

SERVING = ("adfs", "wap", "proxy")
_DIFFERS = (
    "Other servers of the role answer clients without a name: a probe that sends no SNI finds those alive, and takes "
    "this one for dead."
)
_BROKEN = frozenset(
    {
        facts_pb2.TLS_OUTCOME_RESET,
        facts_pb2.TLS_OUTCOME_CLOSED,
        facts_pb2.TLS_OUTCOME_ALERT,
        facts_pb2.TLS_OUTCOME_TIMED_OUT,
        facts_pb2.TLS_OUTCOME_FAILED,
    }
)


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for addresses that break every handshake without a host name, and complete those with one."""
    yield from blind(farm)
    for name, port in sorted({(service_name(farm), 443), client_endpoint(farm)}):
        for look in seen(farm, name, port):
            if _only_with_name(look):
                yield from _judge(farm, look)


def _only_with_name(look: Seen) -> bool:
    asked = (facts_pb2.CLIENT_CERTIFICATE_REQUEST_ASKED, facts_pb2.CLIENT_CERTIFICATE_REQUEST_REQUIRED)
    plain = [h for h in look.value.handshakes if not h.with_sni and h.outcome != facts_pb2.TLS_OUTCOME_NOT_TRIED]
    broken = all(h.outcome in _BROKEN and h.client_certificate not in asked for h in plain)
    named = any(h.with_sni and h.client_certificate in asked for h in look.value.handshakes)
    return bool(plain) and broken and (bool(look.completed) or named)


def _judge(farm: Farm, look: Seen) -> Iterator[Verdict]:
    """Name the servers behind the address that have no binding for clients without a name, where that matters."""
    port = look.value.port
    unplaced = tuple(unseen(farm.of_role(*SERVING), "host"))
    if look.target is None and unplaced:  # the address may be that of one server, or of a load balancer
        yield from unplaced
        return
    behind = (look.target,) if look.target else farm.of_role("wap", "proxy") or farm.of_role("adfs")
    for server in behind:
        try:
            bound = [b for b in by_address(server, port) if is_wildcard(b) or b.value.host == bare(look.value.address)]
        except UnknownFactError as error:
            yield CannotTell(server=server.name, reason=error.reason, probe=error.probe, part=error.part)
            continue
        peers = _peers_with_fallback(farm, server, port)
        if not bound and not peers:
            yield from unseen((other for other in farm.of_role(server.role) if other is not server), "tls-binding")
        if not bound and not peers and unplaced:
            yield from unplaced
        elif not bound and (peers or _balanced(farm, server)):
            yield _holds(look, server, peers)


def _holds(look: Seen, server: Server, peers: tuple[Held, ...]) -> Holds:
    name, port = look.value.name, look.value.port
    bound = tuple(held for held in server.need("tls-binding") if held.value.port == port)
    thumbprint = (bound or peers)[0].value.certificate_sha1 if bound or peers else THUMBPRINT
    return Holds(
        subject=f"port {port}",
        servers=(server.name,),
        title=f"Port {port} answers only clients that name {name} (SNI): a health probe without the name fails",
        evidence=(look.held, *bound, *peers),
        remedy=(
            powershell(
                server.name,
                f"# on the load balancer: probe http://{server.name}/adfs/probe on port 80, or send {name} as SNI",
                "# else add a binding for clients without a name:",
                f"netsh http add sslcert ipport=0.0.0.0:{port} {argument('certhash', thumbprint)} "
                f"appid='{ADFS_APPLICATION}' certstorename=MY",
                check=(f"netsh http show sslcert ipport=0.0.0.0:{port}  # must not be there",),
                undo=(f"netsh http delete sslcert ipport=0.0.0.0:{port}",),
            ),
        ),
        severity=Severity.ERROR if peers else None,
        why=_DIFFERS if peers else RULE.why,
    )


def _peers_with_fallback(farm: Farm, server: Server, port: int) -> tuple[Held, ...]:
    """Return the bindings for all addresses that other servers of the role have on the port."""
    others = (other for other in farm.of_role(server.role) if other.name != server.name)
    rows = (held for other in others for held in other.ask("tls-binding").facts)
    return tuple(held for held in rows if held.value.port == port and is_wildcard(held))


def _balanced(farm: Farm, server: Server) -> bool:
    """Tell whether the farm is met at an address that is none server's own, with several servers behind it."""
    looks = seen(farm, service_name(farm), 443)
    return len(farm.of_role(server.role)) > 1 and any(look.as_client and look.target is None for look in looks)


RULE = Rule(
    code="lb.probe-without-sni",
    catalogue=("LB-02", "HTTP-20"),
    severity=Severity.WARNING,
    roles=frozenset({"adfs", "wap", "proxy", "vantage"}),
    reads=("tls-endpoint", "tls-binding", "adfs-properties", "host"),
    what=(
        "Behind a load balancer, handshakes without a host name (SNI) fail and those with it come about, since no "
        "binding serves all addresses; where other servers of the role have such a binding it is an error."
    ),
    why=(
        "A load balancer whose https probe sends no SNI takes sound servers for dead, and users meet what is left. "
        "Whether its probe sends one is not seen from here."
    ),
    remedy="Let the probe ask http://SERVER/adfs/probe on port 80, or add a binding for 0.0.0.0 on the port.",
    check="What does the load balancer probe, and which nodes does it hold for down?",
    undo="netsh http delete sslcert of the binding that was added.",
    source="Configure user certificate authentication in AD FS (SNI, load balancers)",
    explains=("lb.node-differs",),
    on_farm=check,
)
