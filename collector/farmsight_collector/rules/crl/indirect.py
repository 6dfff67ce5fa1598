"""A CRL is of a kind that Windows does not use."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each CRL that is indirect, or speaks of some reasons only."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA):
        if isinstance(one, CannotTell):
            yield one
        elif one.ok and (one.value.crl.indirect or one.value.crl.only_some_reasons):
            kind = "an indirect CRL" if one.value.crl.indirect else "a CRL for some reasons only"
            yield of_fetch(
                one,
                full=RULE.severity,
                title=f"{one.value.url} holds {kind}",
                why=RULE.why,
                remedy=(told("the CA", "Publish a complete and direct CRL at this URL"),),
            )


RULE = Rule(
    code="crl.indirect",
    catalogue=("CRL-20",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what="The issuing distribution point of a CRL says indirectCRL or onlySomeReasons.",
    why="Windows leaves such CRLs out without a word; the status stays unknown when there is no other source.",
    remedy="Publish a complete and direct CRL.",
    check="certutil -dump of the CRL: the issuing distribution point as it is now.",
    undo="Put back the former CRL file, of which a copy was kept.",
    source="win32 SecCrypto, certificate revocation list semantics; RFC 5280 5.2.5",
    explains=("chain.revocation-offline",),
    on_server=check,
)
