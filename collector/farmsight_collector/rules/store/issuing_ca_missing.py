"""A server lacks an issuing or intermediate CA that its users' chains need."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki.gaps import Gap, Unsure, gaps
from farmsight_collector.rules.commands import install
from farmsight_collector.rules.rule import ADFS, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.store.doubts import unsure
from farmsight_collector.rules.unseen import unseen
from farmsight_collector.rules.weight import standing_words, weighed_gap
from farmsight_wire.v1 import facts_pb2

_DIRECTORY = (facts_pb2.STORE_ORIGIN_GROUP_POLICY, facts_pb2.STORE_ORIGIN_ENTERPRISE)


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each intermediate that is known elsewhere, is needed, and is not in this server's CA store."""
    yield from unseen(farm, "entra-authority", about=server.name)
    for gap in gaps(farm, server, roots=False):
        if isinstance(gap, Unsure):
            yield unsure(server, gap)
            continue
        if gap.renewal_of is not None:
            continue
        reason, host = _workgroup(server, gap)
        yield Holds(
            subject=gap.authority.subject,
            servers=(server.name,),
            title=f"{gap.authority.subject} is not in the intermediate store (CA)",
            evidence=(*gap.elsewhere, *gap.told, *host),
            remedy=install(server.name, gap),
            severity=weighed_gap(RULE.severity, farm, server, gap.authority),
            catalogue=RULE.catalogue if server.role == "wap" else RULE.catalogue[:1],  # the second is of proxies
            why=RULE.why + reason + standing_words(gap.authority.standing),
        )


def _workgroup(server: Server, gap: Gap) -> tuple[str, tuple[Held, ...]]:
    hosts = [h for h in server.ask("host").facts if h.value.domain_joined == facts_pb2.TRISTATE_NO]
    if not hosts:
        return "", ()
    directory = any(h.kind == "store-certificate" and h.value.origin in _DIRECTORY for h in gap.elsewhere)
    came = "the other servers' copies came by it" if directory else "none came by it"
    text = f" {server.name} is in a workgroup, and Group Policy and Active Directory never reach it ({came})."
    return text, (hosts[0],)


RULE = Rule(
    code="store.issuing-ca-missing",
    catalogue=("STORE-03", "STORE-12"),
    severity=Severity.CRITICAL,
    roles=ADFS | {"wap"},
    reads=("store-certificate", "entra-authority", "chain-verdict", "given-certificate", "host"),
    what="A valid issuing or intermediate CA certificate that users' chains need is not in the machine's CA store.",
    why=(
        "http.sys builds the client's chain from local stores and does not fetch missing CAs: clients "
        "that send only their own certificate are refused."
    ),
    remedy=(
        "Export the certificate from a server that has it and add it to the machine's CA store (certutil -addstore CA)."
    ),
    check="certutil -store CA on this server and on one that works; compare the thumbprint with the CA's own.",
    undo="certutil -delstore CA THUMBPRINT",
    source=(
        "Microsoft KB 4032987, intermediates in the CA store of every AD FS and WAP server; Windows "
        "http.sys documentation, cache-only chain retrieval"
    ),
    explains=(
        "tls.issuer-list-lacks-ca",
        "chain.server-refuses",
        "chain.revocation-offline",
        "chain.verdicts-differ",
    ),
    on_server=check,
)
