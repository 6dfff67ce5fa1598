"""A proxy uses the farm's ports."""

from collections.abc import Iterator
from typing import Any

from farmsight_collector.model.bindings import properties, service_name
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_collector.rules.wap.commands import set_up

PORTS = (("https_port", "HttpsPort"), ("tls_client_port", "TlsClientPort"))


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Compare the ports that the proxy was set up with; a port that is not shown is not compared."""
    own = server.need("wap-configuration")
    for held in own:
        for theirs in properties(farm)[:1]:
            for field, word in PORTS:
                mine, meant = getattr(held.value, field), getattr(theirs.value, field)
                if not mine or not meant or mine == meant:
                    continue
                yield Holds(
                    subject=word,
                    servers=(server.name,),
                    title=f"{server.name} was set up with {word} {mine}; the farm uses {meant}",
                    evidence=(held, theirs),
                    remedy=(set_up(server, service_name(farm), _ports(theirs.value), former=_ports(held.value)),),
                )


def _ports(value: Any) -> str:  # noqa: ANN401 - the proxy's configuration or AD FS's properties
    named = (("-HttpsPort", value.https_port), ("-TlsClientPort", value.tls_client_port))
    return " ".join(f"{option} {port}" for option, port in named if port)


RULE = Rule(
    code="wap.ports-differ",
    catalogue=("WAP-12",),
    severity=Severity.ERROR,
    roles=frozenset({"wap"}),
    reads=("wap-configuration", "adfs-properties"),
    what="The proxy was set up with other ports than the farm uses.",
    why="From outside, certificate sign-in goes to a port that the proxy does not serve.",
    remedy="Set the proxy up again with the farm's -HttpsPort and -TlsClientPort.",
    check="Get-AdfsProperties on AD FS: HttpsPort and TlsClientPort.",
    undo="Install-WebApplicationProxy with the former ports.",
    source="Install-WebApplicationProxy, cmdlet reference; adfsToolbox reads both sides",
    explains=("client.port-unreachable", "client.endpoint-refuses"),
    on_server=check,
)
