"""In alternate mode the bound certificate is made out for the certauth host too."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import certauth_name, serving
from farmsight_collector.model.mode import Mode, need_mode
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.bound import covers, dns_names
from farmsight_collector.rules.http.commands import set_certificate
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for certauth.NAME; a wildcard over NAME's parent is one label short of it."""
    if need_mode(farm).mode is not Mode.ALTERNATE:
        return
    name = certauth_name(farm)
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
    code="http.san-certauth",
    catalogue=("HTTP-22",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "store-certificate", "adfs-properties"),
    what="The farm asks for certificates on certauth.NAME, and the bound certificate does not cover that name.",
    why="Clients refuse the certauth host for its name. *.contoso.com does not cover certauth.sts.contoso.com.",
    remedy="Issue a certificate with both names, then set it on AD FS and on every WAP.",
    check="Which names does the bound certificate hold? certutil -dump shows them.",
    undo="The same cmdlet with the former thumbprint.",
    source="AD FS support for alternate hostname binding for certificate authentication",
    explains=("client.endpoint-refuses",),
    on_server=check,
)
