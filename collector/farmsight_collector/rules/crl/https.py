"""A certificate's CRL is published under an https URL, which chain building does not fetch."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.revocation import sources
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity
from farmsight_collector.rules.weight import standing_words, weighed


def check(farm: Farm, server: Server) -> Iterator[Holds]:
    """Yield each certificate with such a URL; where http or OCSP stands beside it that is only worth knowing."""
    for source in sources(farm, server):
        if "https" not in source.schemes():
            continue
        alone = "http" not in source.schemes() and not source.ocsp_urls
        yield Holds(
            subject=source.subject,
            servers=(server.name,),
            title=f"{source.subject} names an https URL for its CRL" + ("" if alone else " beside others"),
            evidence=source.evidence,
            remedy=(
                powershell(
                    "the CA",
                    (
                        "certutil -getreg CA\\CRLPublicationURLs  # add an http URL, take this one out "
                        "of the CDP extension"
                    ),
                    "Restart-Service certsvc; certutil -crl  # then issue the certificates anew: they carry the URL",
                ),
            ),
            severity=weighed(RULE.severity, source.standing) if alone else Severity.INFO,
            why=RULE.why + standing_words(source.standing)
            if alone
            else "Another source of the status stands beside it.",
        )


RULE = Rule(
    code="crl.https",
    catalogue=("CRL-13",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority", "retrieval"),
    what="The CRL distribution points of a certificate hold an https URL.",
    why="Windows does not fetch CRLs over https while it checks a chain: the status stays unknown.",
    remedy="Publish the CRL over plain http and issue the certificates again.",
    source="RFC 5280 8 (https in distribution points); that Windows leaves them out is field experience",
    on_server=check,
)
