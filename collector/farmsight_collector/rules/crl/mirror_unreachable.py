"""One of several sources of revocation status can't be fetched; the others work."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.outcomes import NOT_FETCHED, words
from farmsight_collector.rules.commands import as_account
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each CRL URL that fails while another serves the same certificates in the same context."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL):
        if isinstance(one, CannotTell):
            yield one
        elif one.value.outcome in NOT_FETCHED and one.alternative:
            yield of_fetch(
                one,
                full=RULE.severity,
                title=f"{one.value.url} can't be fetched ({words(one.value)}); another source serves",
                why=RULE.why,
                evidence=one.twins[:3],
                remedy=(as_account(server.name, one.context, one.value.url),),
            )


RULE = Rule(
    code="crl.mirror-unreachable",
    catalogue=("CRL-01", "CRL-02", "CRL-03"),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what="A CRL URL can't be fetched, while another URL or an OCSP responder serves the same certificates.",
    why="Sign-in works, slower: a dead URL is tried first or takes its share of the 20 seconds that a chain may use.",
    remedy="Mend the URL, or take it out of the certificates when they are next issued.",
    source="Microsoft KB 4032987; wincrypt.h, ChainRevAccumulativeUrlRetrievalTimeoutMilliseconds",
    explains=("crl.fetch-differs",),
    on_server=check,
)
