"""AD FS must know the certificate by which a proxy shows itself."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import service_name
from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.wap.commands import set_up

STORE = "AdfsTrustedDevices"


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look the proxy's trust certificates up on the nodes; one node that knows any of them is trust."""
    own = server.need("wap-trust-certificate")
    mine = {h.value.certificate.sha1 for h in own if h.value.certificate.sha1}
    answers = [node.ask("store-certificate", part=STORE) for node in farm.of_role("adfs")]
    stored = tuple(held for answer in answers for held in answer.facts)
    if not mine or any(held.value.certificate.sha1 in mine for held in stored):
        return
    if not answers or any(answer.knowledge is not Knowledge.KNOWN for answer in answers):
        reason = f"{STORE} of an AD FS node is not known"
        yield CannotTell(server=server.name, reason=reason, probe="certificate-stores", part=STORE)
        return
    yield _holds(farm, server, own, stored)


def _holds(farm: Farm, server: Server, own: tuple[Held, ...], stored: tuple[Held, ...]) -> Verdict:
    return Holds(
        subject=server.name,
        servers=(server.name,),
        title=f"No AD FS node knows the proxy trust certificate of {server.name}",
        evidence=(*own, *stored[:10]),
        remedy=(set_up(server, service_name(farm)),),
    )


RULE = Rule(
    code="wap.trust-lost",
    catalogue=("WAP-02",),
    severity=Severity.CRITICAL,
    roles=frozenset({"wap"}),
    reads=("wap-trust-certificate", "store-certificate"),
    what="The certificate by which a proxy is known stands in no node's AdfsTrustedDevices store.",
    why="AD FS refuses the proxy (events 276, 393, 394, 422): nothing from outside gets through it.",
    remedy="Set the proxy up again with Install-WebApplicationProxy.",
    check="Does the proxy reach AD FS on 443, and does it see AD FS's own certificate? Are clocks right?",
    source="AD FS troubleshooting, WAP trust; adfsToolbox TestProxyTrustPropagation",
    explains=("wap.trust-refused", "wap.health", "wap.farm-unreachable", "client.endpoint-refuses", "lb.node-differs"),
    on_server=check,
)
