"""A server's own chain engine refuses a chain."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki import verdicts
from farmsight_collector.pki.verdicts import Said
from farmsight_collector.rules.chain.said import capped, heard, name_of, of_leaf, validates, words
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

_MEANING: Final = {
    verdicts.NOT_TIME_VALID: ("is not within its validity", "STORE-06"),
    verdicts.REVOKED: ("is revoked", "CRL-34"),
    verdicts.NOT_SIGNATURE_VALID: ("has a signature that does not verify", "STORE-08"),
    verdicts.NOT_VALID_FOR_USAGE: ("is not good for the usage that was asked for", "CHAIN-05"),
    verdicts.UNTRUSTED_ROOT: ("is not a trusted root", "STORE-01"),
    verdicts.INVALID_EXTENSION: ("has an extension that is not valid", "CHAIN-06"),
    verdicts.NOT_SUPPORTED_CRITICAL_EXTENSION: ("has a critical extension that is not understood", "CHAIN-06"),
    verdicts.INVALID_BASIC_CONSTRAINTS: ("breaks the basic constraints", "CHAIN-03"),
    verdicts.NAME_CONSTRAINTS: ("breaks name constraints", "CHAIN-04"),
    verdicts.PARTIAL_CHAIN: ("is not found", "STORE-03"),
    verdicts.HAS_WEAK_SIGNATURE: ("has a weak signature", "CHAIN-01"),
    verdicts.EXPLICIT_DISTRUST: ("is explicitly distrusted", "STORE-07"),
}
_OF_A_LEAF: Final = {verdicts.NOT_TIME_VALID: "USER-07", verdicts.REVOKED: "CRL-33"}


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each error of each chain, with the certificate that carries it."""
    for one in heard(server):
        if isinstance(one, CannotTell):
            yield one
            continue
        for bit, (meaning, entry) in _MEANING.items():
            for culprit in _culprits(one, bit):
                yield _holds(farm, one, bit, culprit, meaning, entry)


def _culprits(one: Said, bit: int) -> tuple[facts_pb2.CertificateSummary, ...]:
    """Return the certificates at fault; of a chain that ends too early, the one that is missing, by its name."""
    if not one.errors & bit:
        return ()
    elements = one.value.elements
    if bit == verdicts.PARTIAL_CHAIN and elements:
        return (facts_pb2.CertificateSummary(subject=elements[-1].certificate.issuer or "the issuer"),)
    if bit == verdicts.UNTRUSTED_ROOT and elements:
        return one.with_error(bit) or (elements[-1].certificate,)
    return one.with_error(bit) or (one.leaf,)


def _holds(farm: Farm, one: Said, bit: int, culprit: facts_pb2.CertificateSummary, meaning: str, entry: str) -> Holds:
    leaf = of_leaf(farm, one, culprit.sha1)
    return Holds(
        subject=f"{name_of(culprit)} ({meaning})",
        servers=(one.server.name,),
        contexts=one.contexts,
        title=f"Chain building says that {name_of(culprit)} {meaning}",
        evidence=(one.held,),
        remedy=(powershell(one.server.name, "certutil -verify -urlfetch CERTIFICATE.cer  # as the same account"),),
        severity=capped(farm, one, _severity(one, bit, leaf=leaf)),
        why=RULE.why + words(one),
        catalogue=(_OF_A_LEAF.get(bit, entry) if leaf else entry,),
    )


def _severity(one: Said, bit: int, *, leaf: bool) -> Severity:
    if bit == verdicts.HAS_WEAK_SIGNATURE:
        return Severity.WARNING
    if leaf:
        return Severity.INFO if bit == verdicts.REVOKED else Severity.ERROR  # that a user is locked out may be meant
    return RULE.severity if validates(one) else Severity.ERROR


RULE = Rule(
    code="chain.server-refuses",
    catalogue=(
        "STORE-01", "STORE-03", "STORE-06", "STORE-07", "STORE-08", "CHAIN-01", "CHAIN-03", "CHAIN-04", "CHAIN-05",
        "CHAIN-06", "CRL-33", "CRL-34", "USER-07",
    ),
    severity=Severity.CRITICAL,
    roles=SIGN_IN,
    reads=("chain-verdict", "tls-binding", "store-certificate"),
    what="The chain that a server built for a certificate has an error, by the server's own word.",
    why="With this error the server refuses every certificate whose chain goes the same way.",
    remedy="Mend what the error names; where no other finding explains it, repeat the command and compare servers.",
    check="Run it as the account that failed: the caller's own answer may differ.",
    source="wincrypt.h, CERT_TRUST_STATUS; certutil -verify",
    explains=("chain.revocation-offline",),
    on_server=check,
)  # fmt: skip
