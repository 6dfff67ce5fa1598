"""The certificate port is one of the two that everybody expects."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import CLASSIC_PORT, properties
from farmsight_collector.model.view import Farm
from farmsight_collector.rules.adfs.commands import properties_set
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look at TlsClientPort: 49443 in classic mode, 443 in alternate mode."""
    for held in properties(farm):
        port = held.value.tls_client_port
        if port not in (0, 443, CLASSIC_PORT):
            yield Holds(
                subject=f"TlsClientPort {port}",
                title=f"AD FS asks for certificates on port {port} instead of {CLASSIC_PORT}",
                evidence=(held,),
                remedy=(
                    properties_set(
                        farm, held, "TlsClientPort", CLASSIC_PORT, port, "Restart-Service adfssrv  # on every node"
                    ),
                ),
            )


RULE = Rule(
    code="adfs.client-port-changed",
    catalogue=("ADFS-07",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("adfs-properties",),
    what="TlsClientPort is neither 49443 nor 443.",
    why="Firewalls, bindings and proxies are made for the usual port; each must have followed the change.",
    remedy="Set the port back, or follow with firewalls, bindings and every proxy.",
    check="Get-AdfsProperties: TlsClientPort; who uses the present port?",
    undo="Set-AdfsProperties -TlsClientPort with the former port; restart.",
    source="adfsToolbox reads TlsClientPort for its binding test",
    explains=(
        "client.port-unreachable",
        "http.binding-missing",
        "http.reservation-missing",
        "http.nothing-listens",
        "wap.ports-differ",
    ),
    on_farm=check,
)
