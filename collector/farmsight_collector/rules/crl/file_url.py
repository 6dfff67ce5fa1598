"""A certificate's CRL is published under a file URL, which chain building does not fetch."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.crl.schemes import not_fetched
from farmsight_collector.rules.rule import SIGN_IN, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each certificate with such a URL; where http or OCSP stands beside it that is only worth knowing."""
    yield from not_fetched(RULE, "file", "a file URL", farm, server)


RULE = Rule(
    code="crl.file-url",
    catalogue=("CRL-14",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority", "retrieval"),
    what="The CRL distribution points of a certificate hold a file URL.",
    why="Windows does not fetch CRLs from file shares while it checks a chain: the URL counts as none.",
    remedy="Publish the CRL over plain http and issue the certificates again.",
    check="certutil -getreg CA\\CRLPublicationURLs: keep the output.",
    undo="certutil -setreg CA\\CRLPublicationURLs with the values that were kept.",
    source="Field experience with CryptoAPI since Windows Server 2008",
    on_server=check,
)
