"""A renewal without the certauth name has turned the farm back to the old port."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import certauth_name, classic_port, host_of, properties, service_name, serving
from farmsight_collector.model.endpoints import seen
from farmsight_collector.model.mode import Mode, server_mode
from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Held, Server, UnknownFactError
from farmsight_collector.rules.http.bound import covers, dns_names
from farmsight_collector.rules.http.commands import alternate, set_certificate
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for a server in classic mode, with a certificate without certauth.NAME, while others still count on it."""
    if server_mode(farm, server).mode is not Mode.CLASSIC:
        server.need("tls-binding")  # says why it is not known
        return
    binding = serving(server, service_name(farm), classic_port(farm))
    counted_on = _bound_elsewhere(farm, server) or _configured(farm)
    named = _named(farm)
    if binding is None:
        return
    if not (counted_on or named):
        yield from unseen(farm.of_role("adfs"), "adfs-properties", about=server.name)
        return
    names, held = dns_names(farm, server, binding)
    if covers(names, certauth_name(farm)):
        return
    proof = counted_on or _with_closed_port(farm, named)
    if not proof:
        yield from unseen(farm.of_role("adfs"), "adfs-properties", about=server.name)
        return
    yield Holds(
        subject=binding.value.certificate_sha1,
        servers=(server.name,),
        title=f"{server.name} fell back to port {classic_port(farm)}: its certificate lacks {certauth_name(farm)}",
        evidence=(binding, held, *proof),
        remedy=(
            *set_certificate(server, ""),
            *(alternate(server) if server.role == "adfs" else ()),
        ),
    )


def _bound_elsewhere(farm: Farm, server: Server) -> tuple[Held, ...]:
    return tuple(held for held in _bound(farm) if held.server != server.name)


@per_farm
def _bound(farm: Farm) -> tuple[Held, ...]:
    name = certauth_name(farm)
    rows = (held for server in farm.of_role("adfs", "wap") for held in server.ask("tls-binding").facts)
    return tuple(held for held in rows if held.value.port == 443 and host_of(held) == name)


def _configured(farm: Farm) -> tuple[Held, ...]:
    try:
        return tuple(held for held in properties(farm) if held.value.tls_client_port == 443)
    except UnknownFactError:
        return ()


@per_farm
def _named(farm: Farm) -> tuple[Held, ...]:
    """Return the servers that find an address for certauth.NAME: the one that they find for NAME."""
    found = []
    for server in farm.servers:
        for held in server.ask("host").facts:
            resolved = {
                r.name.lower(): frozenset(r.addresses)
                for r in held.value.resolutions
                if r.outcome == facts_pb2.RESOLUTION_OUTCOME_RESOLVED
            }
            own, other = resolved.get(certauth_name(farm)), resolved.get(service_name(farm))
            if own and own == other:
                found.append(held)
    return tuple(found)


def _with_closed_port(farm: Farm, named: tuple[Held, ...]) -> tuple[Held, ...]:
    """Return these with the looks, the way that clients come, that did not get through to the old port, if any.

    The name alone proves nothing: a wildcard in DNS gives it an address as well.
    """
    looks = [look for look in seen(farm, service_name(farm), classic_port(farm)) if look.as_client]
    closed = tuple(look.held for look in looks if look.unreachable)
    return (*named, *closed) if closed else ()


RULE = Rule(
    code="http.certauth-lost",
    catalogue=("HTTP-23",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "store-certificate", "adfs-properties", "host", "tls-endpoint"),
    what=(
        "A server asks for certificates on the old port, with a certificate without certauth.NAME, while AD FS, DNS, "
        "firewalls or other servers still count on certauth on 443."
    ),
    why="Set-AdfsSslCertificate with a certificate without that name turns alternate mode off, and says nothing.",
    remedy="Issue a certificate with certauth.NAME among its names, set it everywhere, then the alternate binding.",
    check="Does the new certificate hold certauth.NAME? Is 443 meant, or is 49443 open by now?",
    undo="The same cmdlets with the former thumbprint.",
    source="Set-AdfsSslCertificate and Set-AdfsAlternateTlsClientBinding, cmdlet reference",
    explains=("http.mode-differs", "http.certauth-binding-missing", "client.port-unreachable", "wap.ports-differ",
              "lb.publishes-443-only"),
    on_server=check,
)  # fmt: skip
