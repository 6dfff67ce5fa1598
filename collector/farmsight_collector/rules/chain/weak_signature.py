"""A CA certificate in the users' chains is signed with a broken hash."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.pki.chains import Standing, user_chains
from farmsight_collector.pki.verdicts import HAS_WEAK_SIGNATURE
from farmsight_collector.rules.chain.said import carrying, name_of, only_listed
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.weight import standing_words

WEAK = {
    "1.2.840.113549.1.1.2": "MD2",
    "1.2.840.113549.1.1.3": "MD4",
    "1.2.840.113549.1.1.4": "MD5",
    "1.2.840.113549.1.1.5": "SHA-1",
    "1.3.14.3.2.29": "SHA-1",
    "1.2.840.10040.4.3": "SHA-1",
    "1.2.840.10045.4.1": "SHA-1",
}

_RESIGN = powershell(
    "the parent CA",
    "certutil -setreg CA\\CSP\\CNGHashAlgorithm SHA256; Restart-Service certsvc",
    "# then renew the certificate and distribute it",
    check=("certutil -getreg CA\\CSP\\CNGHashAlgorithm  # keep it; without it the CA's provider is an older one",),
    undo=("certutil -setreg CA\\CSP\\CNGHashAlgorithm SHA1; Restart-Service certsvc  # or what the check showed",),
)


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each intermediate of which every valid certificate is signed with MD5 or SHA-1; roots don't matter.

    Where no bytes are at hand, the servers' chain engines say what they take for weak.
    """
    yield from _told(farm)
    for authority in user_chains(farm).authorities:
        valid = authority.valid_at(farm.as_of)
        weak = [known for known in valid if known.summary.signature_algorithm in WEAK]
        if authority.root or not valid:
            continue
        if len(weak) < len(valid):
            if not any(known.summary.signature_algorithm for known in valid):
                yield only_listed(authority)
            continue
        yield Holds(
            subject=authority.subject,
            title=f"{authority.subject} is signed with {WEAK[weak[0].summary.signature_algorithm]}",
            evidence=weak[0].held[:4],
            remedy=(_RESIGN,),
            severity=Severity.INFO if authority.standing is Standing.HELD else None,
            why=RULE.why + standing_words(authority.standing),
        )


def _told(farm: Farm) -> Iterator[Holds]:
    for one, summary in carrying(farm, HAS_WEAK_SIGNATURE):
        yield Holds(
            subject=name_of(summary),
            servers=(one.server.name,),
            contexts=one.contexts,
            title=f"{name_of(summary)} has a weak signature, by the word of the server's chain engine",
            evidence=(one.held,),
            remedy=(_RESIGN,),
        )


RULE = Rule(
    code="chain.weak-signature",
    catalogue=("CHAIN-01",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority", "chain-verdict"),
    what="An intermediate CA certificate of a users' chain is signed with MD5 or SHA-1.",
    why="Hardened servers, and phones, refuse chains with such a signature (CERT_TRUST_HAS_WEAK_SIGNATURE).",
    remedy="Let the parent CA sign with SHA-256, renew the CA certificate and distribute it.",
    check="certutil -getreg CA\\CSP\\CNGHashAlgorithm on the parent CA; can all that verify it read SHA-256?",
    undo="certutil -setreg CA\\CSP\\CNGHashAlgorithm with the former value; certificates issued stay as they are.",
    source="wincrypt.h, CERT_TRUST_HAS_WEAK_SIGNATURE (0x100000); RFC 6194 on SHA-1",
    explains=("chain.server-refuses",),
    on_farm=check,
)
