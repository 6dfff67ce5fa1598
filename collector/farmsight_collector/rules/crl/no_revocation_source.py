"""A CA certificate says nowhere how to learn whether it was revoked."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.pki.chains import Standing, user_chains
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.weight import standing_words


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each intermediate CA without CRL and OCSP URLs; roots need none."""
    for authority in user_chains(farm).authorities:
        newest = next(iter(authority.valid_at(farm.as_of)), None)
        if authority.root or newest is None:
            continue
        if newest.certificate is None:
            yield CannotTell(subject=authority.subject, reason="the certificate itself was not seen, only a listing")
        elif not newest.certificate.crl_urls and not newest.certificate.ocsp_urls:
            yield Holds(
                subject=authority.subject,
                title=f"{authority.subject} names neither a CRL nor an OCSP responder for itself",
                evidence=newest.held[:4],
                remedy=(told("the parent CA", "Set a CRL distribution point on the parent CA and renew this CA"),),
                severity=Severity.INFO if authority.standing is Standing.HELD else RULE.severity,
                why=RULE.why + standing_words(authority.standing),
            )


RULE = Rule(
    code="crl.no-revocation-source",
    catalogue=("CRL-15",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority"),
    what="An intermediate CA certificate has neither CRL distribution points nor an OCSP responder.",
    why="Where the whole chain is checked the status of this CA is unknown (0x80092012), and the chain is refused.",
    remedy="Renew the CA certificate with a CRL distribution point.",
    source="RFC 5280 4.2.1.13; that Windows then refuses the chain is field experience",
    explains=("chain.revocation-offline",),
    on_farm=check,
)
