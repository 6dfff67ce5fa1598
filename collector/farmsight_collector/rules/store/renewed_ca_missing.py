"""A CA was renewed with a new key, and a server knows only the old one."""

from collections.abc import Iterator
from itertools import chain

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.gaps import Unsure, gaps
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.rules.commands import install
from farmsight_collector.rules.rule import ADFS, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.store.doubts import unsure
from farmsight_collector.rules.weight import standing_words, weighed_gap


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each renewed CA of which this server holds an older key only."""
    for gap in chain(gaps(farm, server, roots=False), gaps(farm, server, roots=True)):
        if isinstance(gap, Unsure):
            yield unsure(server, gap)
            continue
        if gap.renewal_of is None:
            continue
        old = inventory(farm).holding(server, gap.store, gap.renewal_of.sha1s)
        yield Holds(
            subject=gap.authority.subject,
            servers=(server.name,),
            title=(
                f"{gap.authority.subject} was renewed with a new key, and the new certificate is not in {gap.store}"
            ),
            evidence=(*gap.elsewhere, *gap.told, *old),
            remedy=install(server.name, gap),
            severity=weighed_gap(RULE.severity, farm, server, gap.authority),
            why=RULE.why + standing_words(gap.authority.standing),
        )


RULE = Rule(
    code="store.renewed-ca-missing",
    catalogue=("STORE-08", "STORE-03"),
    severity=Severity.ERROR,
    roles=ADFS | {"wap"},
    reads=("store-certificate", "entra-authority", "chain-verdict", "given-certificate"),
    what=(
        "A CA has a newer key whose certificate other servers or the tenant know, and this server holds the older only."
    ),
    why="Users whose certificates were issued since the renewal are refused here; all others still get in.",
    remedy=(
        "Add the renewed CA certificate to the same stores as the old one, which stays until its last "
        "user certificate ends."
    ),
    check="Compare the thumbprint of the new certificate with the CA's own.",
    undo="Delete the new certificate from the store by its thumbprint; the old one is untouched.",
    source=(
        "RFC 5280 4.2.1.1 and 4.2.1.2 (key identifiers tell the keys of one CA apart); Microsoft KB "
        "4032987, chain on all servers"
    ),
    explains=("tls.issuer-list-lacks-ca", "chain.server-refuses", "chain.revocation-offline"),
    on_server=check,
)
