"""The bindings of AD FS on one server present one certificate."""

from collections import Counter
from collections.abc import Iterator

from farmsight_collector.model.bindings import bindings, by_name, of_adfs, service_name
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import set_certificate
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Compare each binding of AD FS with that of the service's name on 443, else with most of them."""
    own = of_adfs(bindings(server))
    if len({b.value.certificate_sha1 for b in own}) < 2:
        return
    main = by_name(server, service_name(farm), 443)
    common = Counter(b.value.certificate_sha1 for b in sorted(own, key=lambda b: b.key)).most_common(1)[0][0]
    right = main.value.certificate_sha1 if main in own and main is not None else common
    for odd in own:
        if odd.value.certificate_sha1 != right:
            yield Holds(
                subject=odd.key,
                servers=(server.name,),
                title=f"{server.name}: {odd.key} presents another certificate than AD FS's other bindings",
                evidence=(odd, *(b for b in own if b.value.certificate_sha1 == right)),
                remedy=set_certificate(server, right),
            )


RULE = Rule(
    code="http.binding-thumbprints-mixed",
    catalogue=("HTTP-09",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding",),
    what="Bindings with AD FS's application id on one server name different certificates.",
    why="Parts of the service present an old certificate: clients or the proxy refuse them.",
    remedy="Run the role's Set-...SslCertificate cmdlet again with the current thumbprint.",
    check="Is the certificate, with its private key, in the machine's MY store of this server?",
    undo="The same cmdlet with the former thumbprint.",
    source="adfsToolbox proxy SSL binding test; Manage SSL certificates in AD FS and WAP",
    explains=("lb.node-differs",),
    on_server=check,
)
