"""The certificate endpoint waits; it does not answer "not here"."""

from collections.abc import Iterator

from farmsight_collector.model.endpoints import Seen, seen
from farmsight_collector.model.mode import client_endpoint
from farmsight_collector.model.view import Farm
from farmsight_collector.rules.client.doubts import blind
from farmsight_collector.rules.commands import either, powershell
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

ENDPOINT = "/certificatetransport"


def check(farm: Farm) -> Iterator[Verdict]:
    """Look at the test that the vendor describes: connect to certificatetransport and see it wait."""
    yield from blind(farm)
    name, port = client_endpoint(farm)
    for look in seen(farm, name, port):
        if not look.as_client or not look.connected or not look.value.path.lower().endswith(ENDPOINT):
            continue
        fault = _fault(look)
        if fault:
            where = look.target.name if look.target else look.value.address
            yield Holds(
                subject=f"{name}:{port}{look.value.path}",
                servers=look.servers,
                title=f"The certificate endpoint at {where} {fault}, seen from {look.observer.name}",
                evidence=(look.held,),
                remedy=(
                    either(
                        look.target,
                        powershell(
                            look.target.name if look.target else "",
                            "netsh http show servicestate view=requestq; netsh http show sslcert",
                            "Get-AdfsEndpoint | Where-Object AddressPath -like '*certificate*'",
                        ),
                        f"Look in the proxy's log at what became of requests for {name}:{port}",
                    ),
                ),
            )


def _fault(look: Seen) -> str:
    value = look.value
    if look.refused_tls:
        return "breaks off the TLS handshake"
    if value.http == facts_pb2.HTTP_OUTCOME_RESET:
        return "resets the connection"
    if value.http == facts_pb2.HTTP_OUTCOME_ANSWERED and (value.http_status == 404 or value.http_status >= 500):
        return f"answers HTTP {value.http_status}"
    return ""


RULE = Rule(
    code="client.endpoint-refuses",
    catalogue=("CLIENT-06",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "wap", "vantage"}),
    reads=("tls-endpoint", "tls-binding", "adfs-properties", "host"),
    what="The certificate endpoint breaks the handshake, resets, or answers 404 or 5xx instead of waiting.",
    why="A sound endpoint takes the connection and waits. An answer at once means that AD FS is not behind it.",
    remedy="Look for a missing binding, reservation or disabled endpoint on the server that answered.",
    check="Look from inside and from outside: does the same server answer?",
    source="Microsoft KB 4032987, AD FS and WAP configuration, step 7",
    explains=("lb.node-differs",),
    on_farm=check,
)
