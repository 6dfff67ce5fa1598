"""A binding of one address comes before the binding by name."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import by_address, by_name, is_wildcard, of_adfs, service_name
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.rules.http.commands import unbind
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Compare bindings by address with the binding by name on the same port.

    A wildcard only answers clients that name no host, and one that is AD
    FS's own is compared with its other bindings elsewhere.
    """
    for name, port in sorted({(service_name(farm), 443), server_endpoint(farm, server)}):
        named = by_name(server, name, port)
        for other in by_address(server, port) if named else ():
            if named is None or _alike(named, other) or (is_wildcard(other) and of_adfs((other,))):
                continue
            whom = "clients that name no host" if is_wildcard(other) else f"clients of {other.value.host}"
            yield Holds(
                subject=other.key,
                servers=(server.name,),
                severity=Severity.INFO if is_wildcard(other) else None,
                title=f"{server.name}: {other.key} answers {whom} instead of {named.key}, with other settings",
                evidence=(other, named),
                remedy=unbind(other),
            )


def _alike(named: Held, other: Held) -> bool:
    one, two = named.value, other.value
    return bool(one.certificate_sha1 == two.certificate_sha1 and one.ctl_store.lower() == two.ctl_store.lower())


RULE = Rule(
    code="http.address-binding-shadows",
    catalogue=("HTTP-19",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "adfs-properties"),
    what="A binding by address with another certificate or CTL store stands before AD FS's binding by name.",
    why="http.sys looks for the exact address first: clients of that address meet the wrong certificate and settings.",
    remedy="Give the other site a binding by host name and delete the one by address.",
    check="Whose binding is it? netsh http show sslcert of it: keep the output.",
    undo="Add the binding again with the values that were kept.",
    source="adfsToolbox SSL binding tests (IP bindings); order of lookup in http.sys",
    explains=(
        "http.binding-thumbprints-mixed",
        "client.certificate-not-asked",
        "wap.tls-terminated",
        "lb.tls-terminated",
        "lb.node-differs",
    ),
    on_server=check,
)
