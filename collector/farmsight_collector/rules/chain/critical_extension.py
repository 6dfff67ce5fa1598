"""Chain building understands all that a CA certificate calls critical."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.chains import Standing, user_chains
from farmsight_collector.pki.paths.validator import UNDERSTOOD
from farmsight_collector.rules.chain.said import ca_doubts
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.weight import standing_words


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each CA of which every valid certificate has a critical extension that is not among those understood."""
    yield from ca_doubts(farm, besides=(authority.subject for authority in user_chains(farm).authorities))
    for authority in user_chains(farm).authorities:
        valid = authority.valid_at(farm.as_of)
        read = [known.certificate for known in valid if known.certificate is not None]
        if valid and not read:
            yield CannotTell(subject=authority.subject, reason="the certificate itself was not seen, only a listing")
            continue
        strange = [_strange(certificate) for certificate in read]
        if not strange or not all(strange):
            continue
        yield Holds(
            subject=authority.subject,
            title=f"{authority.subject} calls an extension critical that is not known: {', '.join(strange[0])}",
            evidence=valid[0].held[:4],
            remedy=(told("the parent CA", "Renew this CA without the extension, or with the extension not critical"),),
            severity=Severity.INFO if authority.standing is Standing.HELD else None,
            why=RULE.why + standing_words(authority.standing),
        )


def _strange(certificate: Certificate) -> tuple[str, ...]:
    listed = certificate.parsed.extensions
    return tuple(e.oid.dotted_string for e in listed if e.critical and e.oid.dotted_string not in UNDERSTOOD)


RULE = Rule(
    code="chain.critical-extension",
    catalogue=("CHAIN-06",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority"),
    what="A CA certificate of a users' chain has a critical extension that Windows is not known to understand.",
    why="Who does not understand a critical extension must refuse the certificate (HAS_NOT_SUPPORTED_CRITICAL_EXT).",
    remedy="Renew the CA certificate without the extension, or with the extension not critical.",
    check="certutil -dump CA.cer: which extension is critical, and what needs it?",
    undo="Keep the old CA certificate in the stores until the new one is everywhere.",
    source="RFC 5280 4.2; wincrypt.h, CERT_TRUST_HAS_NOT_SUPPORTED_CRITICAL_EXT (0x08000000)",
    on_farm=check,
)
