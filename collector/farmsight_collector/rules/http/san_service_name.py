"""The bound certificate is made out for the federation service's name."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import service_name, serving
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.bound import covers, dns_names
from farmsight_collector.rules.http.commands import set_certificate
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for the name, or a wildcard over its parent, among the DNS names."""
    name = service_name(farm)
    binding = serving(server, name, 443)
    if binding is None:
        return
    names, held = dns_names(farm, server, binding)
    if covers(names, name):
        return
    yield Holds(
        subject=binding.value.certificate_sha1,
        servers=(server.name,),
        title=f"{server.name}: the certificate of {binding.key} is not made out for {name}",
        evidence=(binding, held),
        remedy=set_certificate(server, ""),
    )


RULE = Rule(
    code="http.san-service-name",
    catalogue=("HTTP-21",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "store-certificate"),
    what="The bound certificate's DNS names do not cover the federation service's name.",
    why="Clients refuse the connection for the wrong name, and AD FS's cmdlets refuse the certificate.",
    remedy="Issue a certificate with the service's name and set it by the role's cmdlet.",
    check="Which names does the bound certificate hold? certutil -dump shows them.",
    undo="The same cmdlet with the former thumbprint.",
    source="adfsToolbox TestSSLCertSubjectContainsADFSFarmName",
    on_server=check,
)
