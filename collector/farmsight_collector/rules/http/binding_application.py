"""AD FS's bindings carry AD FS's application id."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import (
    ADFS_APPLICATION,
    by_name,
    certauth_name,
    classic_port,
    service_name,
)
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import rebind
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look at the bindings that belong to AD FS by their name."""
    name = service_name(farm)
    for host, port in ((name, 443), (name, classic_port(farm)), (certauth_name(farm), 443)):
        binding = by_name(server, host, port)
        if binding is None or binding.value.application_id.lower() in ("", ADFS_APPLICATION):
            continue
        yield Holds(
            subject=binding.key,
            servers=(server.name,),
            title=f"{server.name}: {binding.key} carries the application id {binding.value.application_id}",
            evidence=(binding,),
            remedy=rebind(binding),
        )


RULE = Rule(
    code="http.binding-application",
    catalogue=("HTTP-13",),
    severity=Severity.INFO,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding",),
    what="A binding for the federation service's name is not marked as AD FS's.",
    why="AD FS's cmdlets neither see nor replace it, so it stays behind at the next renewal.",
    remedy="Delete the binding and add it with AD FS's application id.",
    check="netsh http show sslcert of this binding: keep the output, the binding is made anew.",
    undo="Delete the binding and add it with the values that were kept.",
    source="adfsToolbox, application id of AD FS bindings",
    explains=("http.binding-thumbprint-differs",),
    on_server=check,
)
