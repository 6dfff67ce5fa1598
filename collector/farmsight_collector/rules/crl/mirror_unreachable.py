"""One of several sources of revocation status can't be fetched; the others work."""

from collections.abc import Iterator
from dataclasses import replace

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.outcomes import NOT_FETCHED, words
from farmsight_collector.pki.revocation import Fetched
from farmsight_collector.rules.commands import as_account
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch, unreachable_entries
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.facts_pb2 import TRISTATE_YES

_OUTSIDE = "ldap:/// asks the directory of the server's own domain, which a proxy is rarely in; another source serves."


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each CRL URL that fails while another serves the same certificates in the same context."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL):
        if isinstance(one, CannotTell):
            yield one
        elif one.value.outcome in NOT_FETCHED and one.alternative:
            outside = _outside(server, one)
            verdict = of_fetch(
                one,
                full=Severity.INFO if outside else RULE.severity,
                title=f"{one.value.url} can't be fetched ({words(one.value)}); another source serves",
                why=_OUTSIDE if outside else RULE.why,
                evidence=one.twins[:3],
                remedy=(as_account(server, one.context, one.value.url),),
            )
            yield replace(verdict, catalogue=unreachable_entries(one.context))


def _outside(server: Server, one: Fetched) -> bool:
    """Tell whether it is the directory of a domain that a proxy was asked for: most are in none."""
    joined = {held.value.domain_joined for held in server.ask("host").facts}
    return server.role != "adfs" and one.value.url.lower().startswith("ldap:///") and TRISTATE_YES not in joined


RULE = Rule(
    code="crl.mirror-unreachable",
    catalogue=("CRL-01", "CRL-02", "CRL-03"),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what="A CRL URL can't be fetched, while another URL or an OCSP responder serves the same certificates.",
    why="Sign-in works, slower: a dead URL is tried first or takes its share of the 20 seconds that a chain may use.",
    remedy="Mend the URL, or take it out of the certificates when they are next issued.",
    check="Fetch the URL as the account that fails; is it still meant to be served?",
    undo="Take back the rule on firewall or proxy that was made for it.",
    source="Microsoft KB 4032987; wincrypt.h, ChainRevAccumulativeUrlRetrievalTimeoutMilliseconds",
    explains=("crl.fetch-differs", "entra.crl-url-unreachable"),
    on_server=check,
)
