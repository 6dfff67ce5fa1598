"""A CA certificate says nowhere how to learn whether it was revoked."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki.chains import Authority, Standing, user_chains
from farmsight_collector.pki.verdicts import NO_SOURCE, Said, said
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.weight import standing_words


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each intermediate CA without CRL and OCSP URLs; roots need none."""
    for authority in user_chains(farm).authorities:
        newest = next(iter(authority.valid_at(farm.as_of)), None)
        if authority.root or newest is None:
            continue
        if newest.certificate is None and (heard := _told(farm, newest.sha1)):
            yield _holds(authority, tuple(one.held for one in heard))
        elif newest.certificate is None:
            yield CannotTell(subject=authority.subject, reason="the certificate itself was not seen, only a listing")
        elif not newest.certificate.crl_urls and not newest.certificate.ocsp_urls:
            yield _holds(authority, newest.held[:4])


def _told(farm: Farm, sha1: str) -> list[Said]:
    """Return the verdicts on this very certificate that say that it names no source."""
    heard = (one for server in farm.servers for one in said(server))
    return [one for one in heard if one.leaf.sha1 == sha1 and one.value.revocation_error == NO_SOURCE]


def _holds(authority: Authority, evidence: tuple[Held, ...]) -> Holds:
    return Holds(
        subject=authority.subject,
        title=f"{authority.subject} names neither a CRL nor an OCSP responder for itself",
        evidence=evidence,
        remedy=(told("the parent CA", "Set a CRL distribution point on the parent CA and renew this CA"),),
        severity=Severity.INFO if authority.standing is Standing.HELD else RULE.severity,
        why=RULE.why + standing_words(authority.standing),
    )


RULE = Rule(
    code="crl.no-revocation-source",
    catalogue=("CRL-15",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority", "chain-verdict"),
    what="An intermediate CA certificate has neither CRL distribution points nor an OCSP responder.",
    why="Where the whole chain is checked the status of this CA is unknown (0x80092012), and the chain is refused.",
    remedy="Renew the CA certificate with a CRL distribution point.",
    check="certutil -getreg CA\\CRLPublicationURLs on the parent CA: keep the output.",
    undo="certutil -setreg CA\\CRLPublicationURLs with the values that were kept.",
    source="RFC 5280 4.2.1.13; that Windows then refuses the chain is field experience",
    explains=("chain.revocation-offline",),
    on_farm=check,
)
