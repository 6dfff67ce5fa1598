"""A chain engine's verdict as the message that says it.

Source of the bits: CERT_TRUST_STATUS, of the codes: winerror.h, and of which
code stands for which bit: CertVerifyCertificateChainPolicy
(learn.microsoft.com/windows/win32/api/wincrypt).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from farmsight_agent.normalise import certificate_summary
from farmsight_wire.v1 import facts_pb2

REVOKED: Final = 0x00000004  # CERT_TRUST_IS_REVOKED
REVOCATION_UNKNOWN: Final = 0x00000040  # CERT_TRUST_REVOCATION_STATUS_UNKNOWN
OFFLINE: Final = 0x01000000  # CERT_TRUST_IS_OFFLINE_REVOCATION
_PARTIAL_CHAIN: Final = 0x00010000  # CERT_TRUST_IS_PARTIAL_CHAIN
_SELF_SIGNED: Final = 0x00000008  # CERT_TRUST_IS_SELF_SIGNED, an information bit
# The first that applies: a certificate that is revoked is nothing else.
_CODES: Final = ((REVOKED, 0x80092010), (OFFLINE, 0x80092013), (REVOCATION_UNKNOWN, 0x80092012))


@dataclass(frozen=True, kw_only=True)
class Link:
    """One certificate of a chain; `revocation_result` is None where the engine gave none."""

    der: bytes
    error_status: int
    info_status: int
    revocation_result: int | None
    usages: Sequence[str] | None  # None: any


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A chain, leaf first; `policy_error` is None where the policy could not be applied."""

    links: tuple[Link, ...]
    error_status: int
    info_status: int
    policy_error: int | None


def message(verdict: Verdict) -> facts_pb2.ChainVerdict:
    """Return the verdict as it goes out; of the chain's certificates the stores have the bytes."""
    value = facts_pb2.ChainVerdict(
        error_status=verdict.error_status,
        info_status=verdict.info_status,
        chain_error=f"0x{verdict.policy_error:08x}" if verdict.policy_error else "",
        machine_engine=facts_pb2.TRISTATE_YES,
    )
    for link in verdict.links:
        element = value.elements.add(error_status=link.error_status, info_status=link.info_status)
        element.certificate.CopyFrom(certificate_summary(link.der, _nowhere))
    if verdict.links:
        _leaf(verdict.links[0], value)
    return value


def refused(data: bytes, code: int) -> facts_pb2.ChainVerdict:
    """Return the verdict on what CryptoAPI made no chain of, such as bytes that are no certificate."""
    value = facts_pb2.ChainVerdict(
        chain_error=f"0x{code:08x}",
        machine_engine=facts_pb2.TRISTATE_YES,
        revocation_checked=facts_pb2.TRISTATE_UNKNOWN,
    )
    value.elements.add().certificate.CopyFrom(certificate_summary(data, _nowhere))
    return value


def _nowhere(_data: bytes) -> bytes:
    return b""


def _leaf(leaf: Link, into: facts_pb2.ChainVerdict) -> None:
    into.leaf_is_ca = into.elements[0].certificate.is_ca
    into.all_application_policies = leaf.usages is None
    into.application_policies.extend(leaf.usages or ())
    into.revocation_checked, into.revocation_error = revocation(leaf)


def revocation(leaf: Link) -> tuple[facts_pb2.Tristate.ValueType, str]:
    """Return whether the leaf's check passed, and the code of why it did not.

    The engine's own result where it gives one; else its error bits. A leaf
    whose issuer is not found, or that has signed itself, was not checked.
    """
    code = leaf.revocation_result
    if code is None:
        code = next((code for bit, code in _CODES if leaf.error_status & bit), 0)
        if not code and (leaf.info_status & _SELF_SIGNED or leaf.error_status & _PARTIAL_CHAIN):
            return facts_pb2.TRISTATE_UNKNOWN, ""
    if code == 0:
        return facts_pb2.TRISTATE_YES, ""
    return facts_pb2.TRISTATE_NO, f"0x{code:08x}"
