"""A proxy stands in front of this farm, not another."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import service_name
from farmsight_collector.model.urls import host_of
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_collector.rules.wap.commands import set_up


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Compare the names that the proxy was set up with."""
    name = service_name(farm)
    for held in server.need("wap-configuration"):
        others = sorted(_names(held) - {name})
        if others:
            yield Holds(
                subject=others[0],
                servers=(server.name,),
                title=f"{server.name} is set up for {', '.join(others)}, not for {name}",
                evidence=(held,),
                remedy=(set_up(server, name, before=others[0]),),
            )


def _names(held: Held) -> set[str]:
    return {held.value.federation_service_name.lower(), host_of(held.value.adfs_url)} - {""}


RULE = Rule(
    code="wap.other-farm",
    catalogue=("WAP-07",),
    severity=Severity.ERROR,
    roles=frozenset({"wap"}),
    reads=("wap-configuration", "adfs-properties"),
    what="The proxy is configured for another federation service's name.",
    why="It passes requests to another farm, or to the name that this one had before.",
    remedy="Set the proxy up again for this farm with Install-WebApplicationProxy.",
    check="Get-WebApplicationProxyConfiguration: keep the output; is another farm meant?",
    undo="Install-WebApplicationProxy with the values that were kept.",
    source="adfsToolbox, ProxyService in root\\ADFS; Get-WebApplicationProxyConfiguration",
    explains=("wap.health", "wap.farm-unreachable", "client.endpoint-refuses", "lb.node-differs"),
    on_server=check,
)
