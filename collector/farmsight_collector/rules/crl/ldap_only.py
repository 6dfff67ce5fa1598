"""A certificate's CRL can be had by LDAP alone, and this server is in no domain."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.sources import sources
from farmsight_collector.rules.commands import publication_urls
from farmsight_collector.rules.crl.outside import outside
from farmsight_collector.rules.crl.schemes import CUT_OFF
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unread, unseen
from farmsight_collector.rules.weight import standing_words, weighed


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each certificate without http URL and OCSP responder, for servers outside a domain."""
    yield from unread(farm, server)
    known = tuple(sources(farm, server))
    yield from unseen((server,), "retrieval", besides=(one.subject for one in known), named=True)
    for source in known:
        schemes = source.schemes()
        if "ldap" not in schemes or "http" in schemes or source.ocsp_urls:
            continue
        if not source.whole:
            yield CannotTell(server=server.name, subject=source.subject, reason=CUT_OFF, probe="retrievals")
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
            title=f"The CRL for {source.subject} is published by LDAP only, and can't be had outside the domain",
            evidence=(*source.evidence, *because),
            remedy=(
                publication_urls(
                    change="those there are, and an http URL with flags 2 (CDP) and 4 (Freshest)",
                    then="then issue the certificates anew: they carry the URL",
                ),
            ),
            severity=weighed(RULE.severity, source.standing),
            why=RULE.why + standing_words(source.standing),
        )


RULE = Rule(
    code="crl.ldap-only",
    catalogue=("CRL-11",),
    severity=Severity.CRITICAL,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority", "retrieval", "host"),
    what="The CRL distribution points of a certificate name LDAP and no http, and the server is not in a domain.",
    why=(
        "ldap:/// asks the directory of the machine's own domain; a server in a workgroup has none and "
        "can't get the CRL."
    ),
    remedy="Add an http URL on the CA, then issue the certificates again; the URL is part of them.",
    check="certutil -getreg CA\\CRLPublicationURLs: keep the output.",
    undo="certutil -setreg CA\\CRLPublicationURLs with the values that were kept.",
    source=(
        "Microsoft Japan support on AD FS certificate authentication; Microsoft Entra, certificate "
        "revocation list documentation"
    ),
    explains=("crl.unreachable", "chain.revocation-offline"),
    on_server=check,
)
