"""A server does not trust the root of its users' chains."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.gaps import Unsure, gaps
from farmsight_collector.rules.commands import install
from farmsight_collector.rules.rule import ADFS, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.store.doubts import unsure
from farmsight_collector.rules.unseen import unseen
from farmsight_collector.rules.weight import standing_words, weighed_gap
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each root that is known elsewhere, is needed, and is not in this server's ROOT store."""
    yield from unseen(farm, "entra-authority", about=server.name)
    for gap in gaps(farm, server, roots=True):
        if isinstance(gap, Unsure):
            yield unsure(server, gap)
            continue
        if gap.renewal_of is not None:
            continue
        hosts = [h for h in server.ask("host").facts if h.value.domain_joined == facts_pb2.TRISTATE_NO]
        workgroup = f" {server.name} is in a workgroup: roots published in the domain never reach it."
        yield Holds(
            subject=gap.authority.subject,
            servers=(server.name,),
            title=f"{gap.authority.subject} is not in the trusted root store (ROOT)",
            evidence=(*gap.elsewhere, *gap.told, *hosts[:1]),
            remedy=install(server.name, gap),
            severity=weighed_gap(RULE.severity, farm, server, gap.authority),
            catalogue=RULE.catalogue if server.role == "wap" else RULE.catalogue[:1],  # the second is of proxies
            why=RULE.why + (workgroup if hosts else "") + standing_words(gap.authority.standing),
        )


RULE = Rule(
    code="store.root-ca-missing",
    catalogue=("STORE-01", "STORE-12"),
    severity=Severity.CRITICAL,
    roles=ADFS | {"wap"},
    reads=("store-certificate", "entra-authority", "chain-verdict", "given-certificate", "host"),
    what="The self-signed root of a users' chain is not in the machine's ROOT store.",
    why=(
        "Every chain that ends in this root ends untrusted here (0x800B0109): the server refuses its "
        "users' certificates."
    ),
    remedy=(
        "Add the root to the machine's ROOT store (certutil -addstore Root); in a domain publish it "
        "with certutil -dspublish."
    ),
    check="Compare the thumbprint with what the CA's owner says: what is in ROOT is trusted for everything.",
    undo="certutil -delstore Root THUMBPRINT",
    source="Microsoft KB 4032987, root CA in Trusted Root of every AD FS and WAP server",
    explains=(
        "tls.issuer-list-lacks-ca",
        "chain.server-refuses",
        "chain.revocation-offline",
        "chain.verdicts-differ",
    ),
    on_server=check,
)
