"""What the server's own chain engine said of this very certificate, where chains can't be told from stores and CRLs."""

from typing import Final

from farmsight_collector.model.view import Server
from farmsight_collector.pki import verdicts
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.verdicts import Said as Verdict
from farmsight_collector.signin.blind import lost
from farmsight_collector.signin.said import Said, fails, passes
from farmsight_wire.v1 import facts_pb2

# CERT_TRUST_STATUS.dwErrorStatus (wincrypt.h), most telling first, with the entry of the catalogue.
_CHAIN: Final = (
    (verdicts.EXPLICIT_DISTRUST, "distrusts the chain explicitly", "STORE-07"),
    (verdicts.PARTIAL_CHAIN, "finds no issuer", "STORE-03"),
    (verdicts.UNTRUSTED_ROOT, "finds a root that it does not trust", "STORE-01"),
    (verdicts.NOT_SIGNATURE_VALID, "finds a signature that does not verify", "STORE-08"),
    (verdicts.NOT_TIME_VALID, "finds a certificate outside its time", "STORE-06"),
    (verdicts.INVALID_BASIC_CONSTRAINTS, "finds basic constraints broken", "CHAIN-03"),
    (verdicts.NAME_CONSTRAINTS, "finds name constraints broken", "CHAIN-04"),
    (verdicts.NOT_VALID_FOR_USAGE, "finds the usage not allowed", "CHAIN-05"),
    (verdicts.NOT_SUPPORTED_CRITICAL_EXTENSION, "finds a critical extension that it does not understand", "CHAIN-06"),
    (verdicts.INVALID_EXTENSION, "finds an extension that is not valid", "CHAIN-06"),
    (verdicts.INVALID_POLICY_CONSTRAINTS, "finds policy constraints broken", "CHAIN-03"),
    (verdicts.CYCLIC, "goes round in a circle", "CHAIN-03"),
)
_OFFLINE: Final = verdicts.OFFLINE_REVOCATION | verdicts.REVOCATION_STATUS_UNKNOWN
_REVOCATION: Final = _OFFLINE | verdicts.REVOKED
_UNREACHED: Final = {"adfs-service": "CRL-02", "network-service": "CRL-03"}


def of_chain(server: Server, context: str, leaf: Certificate) -> Said | None:
    """Return what the engine said of the chain under this account; None where it was not asked."""
    one = _asked(server, context, leaf)
    if one is None or (one.value.chain_error and not one.errors & ~_REVOCATION):
        return None  # a code without bits says that something is wrong, and not what
    for bit, words, entry in _CHAIN:
        if one.errors & bit:
            text = f"cannot build the chain: its own chain engine {words}{_of_which(one, bit)}"
            return fails(text, one.held, entries=(entry,))
    return passes("builds the chain, by its own chain engine", one.held)


def of_revocation(server: Server, context: str, leaf: Certificate) -> Said | None:
    """Return what the engine said of the chain's revocation under this account; None where it said nothing clear."""
    one = _asked(server, context, leaf)
    if one is None:
        return None
    if one.errors & verdicts.REVOKED:
        entry = "CRL-33" if _leaf_is_revoked(one) else "CRL-34"
        which = _of_which(one, verdicts.REVOKED)
        text = f"fails the revocation check: its own chain engine finds a revoked certificate{which}"
        return fails(text, one.held, entries=(entry,))
    if one.errors & _OFFLINE:
        text = f"fails the revocation check: its own chain engine could not learn the status{_of_which(one, _OFFLINE)}"
        return fails(text, one.held, entries=(_UNREACHED.get(context, "CRL-01"),))
    if one.value.revocation_checked == facts_pb2.TRISTATE_YES and not one.errors and not one.value.revocation_error:
        return passes("learns that nothing in the chain is revoked, by its own chain engine", one.held)
    return None


def _of_which(one: Verdict, bit: int) -> str:
    """Return the certificate that is meant, as far as it is told; where a chain ends early, the missing one."""
    elements = one.value.elements
    if bit == verdicts.PARTIAL_CHAIN and elements and elements[-1].certificate.issuer:
        last = elements[-1].certificate
        return f": {last.issuer}, which issued {last.subject}, is missing"
    culprits = one.with_error(bit)
    return f" ({culprits[0].subject})" if culprits and culprits[0].subject else ""


def _asked(server: Server, context: str, leaf: Certificate) -> Verdict | None:
    """Return the verdict of the machine's engine on this certificate under this account.

    Where stores or fetches can't be had any more they may have shown what the
    engine did not meet when it was asked: then its word is not enough.
    """
    if lost(server, "certificate-stores", None) or lost(server, "retrievals", context):
        return None
    told = (one for one in verdicts.said(server) if one.context == context and one.leaf.sha1 == leaf.sha1)
    return next((one for one in told if one.value.machine_engine != facts_pb2.TRISTATE_NO), None)


def _leaf_is_revoked(one: Verdict) -> bool:
    elements = one.value.elements
    return not elements or bool(elements[0].error_status & verdicts.REVOKED)
