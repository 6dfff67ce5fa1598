"""The plain sign-in page must not ask everybody for a certificate."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import by_name, service_name
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import rebind
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look at the binding of the service's name on 443."""
    binding = by_name(server, service_name(farm), 443)
    if binding is not None and binding.value.negotiate_client_certificate:
        yield Holds(
            subject=binding.key,
            servers=(server.name,),
            title=f"{server.name}: {binding.key} asks every visitor for a certificate",
            evidence=(binding,),
            remedy=rebind(binding, negotiate_client_certificate=False),
        )


RULE = Rule(
    code="http.negotiate-on-443",
    catalogue=("HTTP-17",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding",),
    what='"Negotiate client certificate" is on for the service\'s name on 443.',
    why="Every visitor of any AD FS page gets a certificate prompt.",
    remedy="Delete the binding and add it with clientcertnegotiation=disable.",
    check="netsh http show sslcert of this binding: keep the output, the binding is made anew.",
    undo="Delete the binding and add it with the values that were kept.",
    source="Default bindings of AD FS (adfsToolbox samples); effect from the field",
    on_server=check,
)
