"""What servers' own chain engines said: their words, and what these prove.

Elements stand leaf first, and each was issued by the next: that is proof of
issuance where no certificate's bytes are at hand, unless the engine itself
doubts the signature. Output that is cut off gives no verdict.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_wire.v1 import facts_pb2 as f

PROBE: Final = "chain-verdicts"

# CERT_TRUST_STATUS.dwErrorStatus
NOT_TIME_VALID: Final = 0x1
REVOKED: Final = 0x4
NOT_SIGNATURE_VALID: Final = 0x8
NOT_VALID_FOR_USAGE: Final = 0x10
UNTRUSTED_ROOT: Final = 0x20
REVOCATION_STATUS_UNKNOWN: Final = 0x40
CYCLIC: Final = 0x80
INVALID_EXTENSION: Final = 0x100
INVALID_POLICY_CONSTRAINTS: Final = 0x200
INVALID_BASIC_CONSTRAINTS: Final = 0x400
NAME_CONSTRAINTS: Final = 0x800 | 0x1000 | 0x2000 | 0x4000 | 0x8000
PARTIAL_CHAIN: Final = 0x10000
HAS_WEAK_SIGNATURE: Final = 0x100000
OFFLINE_REVOCATION: Final = 0x1000000
EXPLICIT_DISTRUST: Final = 0x4000000
NOT_SUPPORTED_CRITICAL_EXTENSION: Final = 0x8000000
# dwInfoStatus
SELF_SIGNED: Final = 0x8

NO_SOURCE: Final = "0x80092012"  # CRYPT_E_NO_REVOCATION_CHECK: the certificate names none
# What an error of the chain as a whole means, where the bits are not shown.
_BITS: Final = {
    "0x800b0101": NOT_TIME_VALID,
    "0x800b0109": UNTRUSTED_ROOT,
    "0x800b010a": PARTIAL_CHAIN,
    "0x800b010c": REVOKED,
    "0x80092010": REVOKED,
    "0x800b0110": NOT_VALID_FOR_USAGE,
    "0x800b0111": EXPLICIT_DISTRUST,
    "0x80096004": NOT_SIGNATURE_VALID,
    "0x80096019": INVALID_BASIC_CONSTRAINTS,
    "0x80092012": REVOCATION_STATUS_UNKNOWN,
    "0x80092013": OFFLINE_REVOCATION,
    "0x800b010e": REVOCATION_STATUS_UNKNOWN,
}


@dataclass(frozen=True, kw_only=True)
class Said:
    """One verdict of one server under one account."""

    held: Held
    server: Server
    context: str | None

    @property
    def value(self) -> f.ChainVerdict:
        """Return the fact's message."""
        verdict: f.ChainVerdict = self.held.value
        return verdict

    @property
    def contexts(self) -> tuple[str, ...]:
        """Return the account it was asked under, for a finding."""
        return (self.context,) if self.context else ()

    @property
    def leaf(self) -> f.CertificateSummary:
        """Return the certificate that was judged; an empty one where the elements are not shown."""
        elements = self.value.elements
        return elements[0].certificate if elements else f.CertificateSummary(sha1=_sha1(self.held.key))

    @property
    def errors(self) -> int:
        """Return all error bits: of the chain, of its elements, and of the error codes."""
        codes = (self.value.chain_error, self.value.revocation_error)
        bits = self.value.error_status | _BITS.get(codes[0], 0) | _BITS.get(codes[1], 0)
        for element in self.value.elements:
            bits |= element.error_status
        return bits

    def with_error(self, bit: int) -> tuple[f.CertificateSummary, ...]:
        """Return the certificates of the elements that carry a bit."""
        return tuple(e.certificate for e in self.value.elements if e.error_status & bit)


def _sha1(key: str) -> str:
    return key if len(key) == 40 else ""


def said(server: Server) -> tuple[Said, ...]:
    """Return the server's verdicts that are known, under every account."""
    found: tuple[Said, ...] | None = server.worked_out.get(said)
    if found is None:
        found = server.worked_out[said] = tuple(
            Said(held=held, server=server, context=context)
            for context in (*server.contexts(PROBE), None)
            for held in server.ask("chain-verdict", context=context).facts
        )
    return found


def issuing(verdict: f.ChainVerdict) -> Iterator[f.ChainElement]:
    """Yield the elements that are CAs: what issued another, and a leaf that is said to be one."""
    for place, element in enumerate(verdict.elements):
        if place or verdict.leaf_is_ca == f.TRISTATE_YES:
            yield element


@per_farm
def links(farm: Farm) -> frozenset[tuple[str, str]]:
    """Return (certificate, its issuer's certificate), by SHA-1, as far as engines found them."""
    found: set[tuple[str, str]] = set()
    for server in farm.servers:
        for one in said(server):
            elements = one.value.elements
            for child, parent in pairwise(elements):
                pair = (child.certificate.sha1, parent.certificate.sha1)
                if all(pair) and pair[0] != pair[1] and not child.error_status & (NOT_SIGNATURE_VALID | CYCLIC):
                    found.add(pair)
    return frozenset(found)


@per_farm
def of_servers(farm: Farm) -> frozenset[str]:
    """Return the certificates that servers hold for themselves: a chain of these is no user's."""
    found: set[str] = set()
    for server in farm.servers:
        found |= {h.value.certificate_sha1 for h in server.facts.get("tls-binding", ())}
        for kind in ("adfs-certificate", "wap-trust-certificate"):
            found |= {h.value.certificate.sha1 for h in server.facts.get(kind, ())}
        stores = server.facts.get("store-certificate", ())
        found |= {h.value.certificate.sha1 for h in stores if h.value.store == "MY"}
    return frozenset(found - {""})


def unlearned(server: Server, context: str | None) -> frozenset[str]:
    """Return the certificates of which the engine, under this account, did not learn whether they are revoked."""
    bits = REVOCATION_STATUS_UNKNOWN | OFFLINE_REVOCATION
    found: set[str] = set()
    for one in said(server):
        if one.context == context:
            found |= {summary.sha1 for summary in one.with_error(bits)}
            found |= {one.leaf.sha1} if one.value.revocation_error else set()
    return frozenset(found)


def passed(one: Said, sha1s: Iterable[str]) -> bool:
    """Tell whether the engine learned the revocation status of one of these certificates, and of all in the chain."""
    bits = REVOCATION_STATUS_UNKNOWN | OFFLINE_REVOCATION | REVOKED
    clean = not one.errors & bits and not one.value.revocation_error
    here = {element.certificate.sha1 for element in one.value.elements}
    return clean and one.value.revocation_checked == f.TRISTATE_YES and not here.isdisjoint(sha1s)
