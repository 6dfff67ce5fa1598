"""The bound certificate is within its time."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import bindings, of_adfs
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.known import dates_doubt, moment, passed, reached, spelled
from farmsight_collector.rules.http.bound import in_store
from farmsight_collector.rules.http.commands import set_certificate
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Compare the certificate's time with the farm's; one that is not there is another finding."""
    for binding in of_adfs(bindings(server)):
        held = in_store(server, binding)
        if held is None:
            continue
        certificate = held.value.certificate
        if not (certificate.HasField("not_before") and certificate.HasField("not_after")):
            yield CannotTell(server=server.name, subject=certificate.sha1, reason="its time is not shown")
            continue
        unsure = dates_doubt(certificate)
        over = passed(moment(certificate, "not_after"), farm.as_of, unsure)
        begun = reached(moment(certificate, "not_before"), farm.as_of, unsure)
        if over is not True and begun is not False:
            if over is None:
                reason = "its end is near, in a time zone that the listing does not show"
                yield CannotTell(server=server.name, subject=certificate.sha1, reason=reason)
            continue
        when = certificate.not_after if over else certificate.not_before
        title = f"{'expired' if over else 'is not valid before'} {spelled(certificate, when.ToDatetime())}"
        yield Holds(
            subject=certificate.sha1,
            servers=(server.name,),
            title=f"{server.name}: the certificate of {binding.key} {title}",
            evidence=(binding, held),
            remedy=set_certificate(server, ""),
        )


RULE = Rule(
    code="http.bound-certificate-expired",
    catalogue=("HTTP-12",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "store-certificate"),
    what="A certificate bound for AD FS has expired or is not yet valid.",
    why="Clients refuse the connection; between proxy and AD FS the trust can't be used or renewed.",
    remedy="Install a new certificate and set it by the role's cmdlet; a WAP whose trust lapsed is set up again.",
    check="Is the new certificate, with its private key, in the MY store, and does it hold all names?",
    undo="The same cmdlet with the former thumbprint.",
    source="Manage SSL certificates in AD FS and WAP; adfsToolbox certificate expiry tests",
    explains=("http.binding-thumbprint-differs", "http.binding-thumbprints-mixed", "wap.farm-unreachable"),
    on_server=check,
)
