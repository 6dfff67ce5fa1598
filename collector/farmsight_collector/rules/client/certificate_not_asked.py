"""Over the wire, the certificate port asks for a certificate."""

from collections.abc import Iterator

from farmsight_collector.model.endpoints import seen
from farmsight_collector.model.mode import client_endpoint
from farmsight_collector.model.view import Farm
from farmsight_collector.rules.client.doubts import blind
from farmsight_collector.rules.commands import argument, either, powershell
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for handshakes that came about, none of which asked."""
    yield from blind(farm)
    name, port = client_endpoint(farm)
    for look in seen(farm, name, port):
        asked = {handshake.client_certificate for handshake in look.completed}
        if not look.as_client or asked != {facts_pb2.CLIENT_CERTIFICATE_REQUEST_NOT_ASKED}:
            continue
        where = look.target.name if look.target else look.value.address
        yield Holds(
            subject=f"{name}:{port}",
            servers=look.servers,
            title=f"{where} does not ask for a client certificate on {name}:{port}, seen from {look.observer.name}",
            evidence=(look.held,),
            remedy=(
                either(
                    look.target,
                    powershell(
                        look.target.name if look.target else "",
                        f"netsh http show sslcert {argument('hostnameport', f'{name}:{port}')}",
                    ),
                    f"Let the proxy ask for a certificate on {name}:{port}, without demanding one, and relay it",
                ),
            ),
        )


RULE = Rule(
    code="client.certificate-not-asked",
    catalogue=("HTTP-16", "LB-01"),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap", "vantage"}),
    reads=("tls-endpoint", "tls-binding", "adfs-properties", "host"),
    what="The TLS handshake on the certificate port comes about without a certificate request.",
    why="The user gets no prompt. The binding does not ask, or something in front ends TLS.",
    remedy="Turn on negotiation on the binding; take devices that end TLS out of the way.",
    check="netsh http show sslcert of the binding: is negotiation on? Does another device answer?",
    source="Hamrick, client certificates and TLS 1.3 (2025); configure user certificate authentication in AD FS",
    explains=("lb.node-differs",),
    on_farm=check,
)
