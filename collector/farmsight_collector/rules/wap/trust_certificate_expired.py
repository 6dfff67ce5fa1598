"""A proxy shows itself to AD FS by a certificate that must be within its time."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import service_name
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.wap.commands import set_up


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for one that is valid: older ones stay behind after each renewal and do no harm."""
    held = server.need("wap-trust-certificate")
    if not held:
        return
    if not all(h.value.certificate.HasField("not_after") for h in held):
        yield CannotTell(server=server.name, reason="the trust certificate's time is not shown")
        return
    newest = max(held, key=lambda h: int(h.value.certificate.not_after.seconds))
    certificate = newest.value.certificate
    if certificate.not_after.seconds >= farm.as_of.timestamp():
        return
    yield Holds(
        subject=certificate.sha1,
        servers=(server.name,),
        title=f"{server.name}: the proxy trust certificate expired {certificate.not_after.ToDatetime():%Y-%m-%d}",
        evidence=(newest,),
        remedy=(set_up(server, service_name(farm)),),
    )


RULE = Rule(
    code="wap.trust-certificate-expired",
    catalogue=("WAP-03",),
    severity=Severity.CRITICAL,
    roles=frozenset({"wap"}),
    reads=("wap-trust-certificate",),
    what="The certificate by which this proxy is known to AD FS has expired.",
    why="AD FS refuses the proxy; the proxy was off, or its clock wrong, for longer than the renewal takes.",
    remedy="Set the proxy up again with Install-WebApplicationProxy.",
    check="w32tm /query /status; is the certificate of the proxy, with its key, in the MY store?",
    source="RMilne, AD FS 2012 R2 web application proxy events 394 and 422; AD FS troubleshooting, WAP trust",
    explains=(
        "wap.trust-refused",
        "wap.trust-lost",
        "wap.health",
        "wap.farm-unreachable",
        "client.endpoint-refuses",
        "lb.node-differs",
    ),
    on_server=check,
)
