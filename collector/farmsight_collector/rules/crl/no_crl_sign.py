"""A CA certificate does not allow its key to sign CRLs."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.weight import standing_words, weighed


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each CA whose newest valid certificate has a key usage without cRLSign."""
    for authority in user_chains(farm).authorities:
        newest = next(iter(authority.valid_at(farm.as_of)), None)
        if newest is None:
            continue
        if newest.certificate is None:
            yield CannotTell(subject=authority.subject, reason="the certificate itself was not seen, only a listing")
        elif newest.certificate.signs_crls is False:
            yield Holds(
                subject=authority.subject,
                title=f"The certificate of {authority.subject} does not allow it to sign CRLs",
                evidence=newest.held[:4],
                remedy=(told("the CA", "Renew the CA certificate with the key usage cRLSign, and distribute it"),),
                severity=weighed(RULE.severity, authority.standing),
                why=RULE.why + standing_words(authority.standing),
            )


RULE = Rule(
    code="crl.no-crl-sign",
    catalogue=("CRL-19",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority"),
    what="The key usage of a CA certificate lacks cRLSign.",
    why=(
        "CRLs of such a CA are not accepted: the status of what it issued is offline (0x80092013) "
        "though the CRL is valid."
    ),
    remedy="Renew the CA certificate with cRLSign.",
    check="certutil -dump CA.cer: the key usage as it is now.",
    undo="Keep the old CA certificate in the stores until the new one is everywhere.",
    source="RFC 5280 4.2.1.3 and 6.3.3 (f); gradenegger.eu on CRYPT_E_REVOCATION_OFFLINE",
    explains=("chain.revocation-offline",),
    on_farm=check,
)
