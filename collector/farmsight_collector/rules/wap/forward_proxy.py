"""A WAP reaches AD FS without a proxy in between."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import quoted
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_collector.rules.wap.commands import set_up


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for a forward proxy in the WAP's own configuration; a source that does not show it says nothing."""
    for held in server.need("wap-configuration"):
        if held.value.forward_proxy.strip():
            yield Holds(
                subject=held.value.forward_proxy,
                servers=(server.name,),
                title=f"{server.name} was set up to reach AD FS through the proxy {held.value.forward_proxy}",
                evidence=(held,),
                remedy=(set_up(server, farm.name, former=f"-ForwardProxy {quoted(held.value.forward_proxy)}"),),
            )


RULE = Rule(
    code="wap.forward-proxy",
    catalogue=("WAP-13",),
    severity=Severity.WARNING,
    roles=frozenset({"wap"}),
    reads=("wap-configuration",),
    what="The Web Application Proxy was set up with a forward proxy.",
    why="A proxy that opens TLS takes away the certificate by which AD FS knows the WAP: its trust can't be kept.",
    remedy="Set the WAP up without -ForwardProxy, and open 443 to AD FS.",
    check="Does the proxy reach AD FS on 443 without it?",
    undo="Install-WebApplicationProxy with the former -ForwardProxy.",
    source="Install-WebApplicationProxy, cmdlet reference; what a proxy does to the trust is field experience",
    explains=("wap.tls-terminated", "wap.trust-lost", "wap.farm-unreachable"),
    on_server=check,
)
