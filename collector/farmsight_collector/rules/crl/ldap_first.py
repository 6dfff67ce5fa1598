"""LDAP stands before http among a certificate's CRL URLs, and this server is in no domain."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.sources import sources
from farmsight_collector.rules.commands import publication_urls
from farmsight_collector.rules.crl.outside import outside
from farmsight_collector.rules.limits import CRL_SECONDS_CHAIN
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unread


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each certificate with an ldap URL before its first http URL, for servers outside a domain."""
    yield from unread(farm, server)
    for source in sources(farm, server):
        schemes = source.schemes()
        if "ldap" not in schemes or "http" not in schemes or schemes.index("http") < schemes.index("ldap"):
            continue
        away, because = outside(server, source)
        if away is None:
            server.need("host")  # says why it is not known
            yield CannotTell(server=server.name, reason="not known whether the server is in a domain", probe="host")
            return
        if not away:
            continue
        yield Holds(
            subject=source.subject,
            servers=(server.name,),
            title=f"The CRL URLs of {source.subject} begin with LDAP, which can't be asked outside the domain",
            evidence=(*source.evidence, *because),
            limit_used=CRL_SECONDS_CHAIN.text,
            remedy=(
                publication_urls(
                    change="the http line before the ldap line",
                    then="certificates issued from now on have the new order",
                ),
            ),
        )


RULE = Rule(
    code="crl.ldap-first",
    catalogue=("CRL-12",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority", "retrieval", "host"),
    what="A certificate names an ldap CRL URL before the http one, and the server is not in a domain.",
    why=(
        "URLs are tried in order within 20 seconds for a chain: the time that LDAP wastes makes sign-in"
        " slow, or is missing in the end."
    ),
    remedy="Put http first on the CA and issue the certificates again.",
    check="certutil -getreg CA\\CRLPublicationURLs: keep the output.",
    undo="certutil -setreg CA\\CRLPublicationURLs with the values that were kept.",
    source="wincrypt.h, ChainRevAccumulativeUrlRetrievalTimeoutMilliseconds; that order matters is field experience",
    explains=("crl.mirror-unreachable",),
    on_server=check,
)
