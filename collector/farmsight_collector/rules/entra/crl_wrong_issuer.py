"""At the tenant's URLs lies the CRL of the CA object's own CA."""

from collections.abc import Iterator
from functools import partial

from cryptography.exceptions import UnsupportedAlgorithm

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki import blobs, names
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.rules.commands import right_crl
from farmsight_collector.rules.entra.copies import Published, judged
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

_REFUSED = frozenset({facts_pb2.SIGNATURE_CHECK_FAILED, facts_pb2.SIGNATURE_CHECK_WRONG_ISSUER})


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare issuer, key and signature of what came with the CA object that names the URL."""
    yield from judged(farm, partial(_judge, farm))


def _judge(farm: Farm, one: Published) -> Iterator[Verdict]:
    said = [_mismatch(farm, one.authority, copy.value) for copy in one.copies]
    if None in said:
        yield one.doubt("neither its key nor its signature can be compared with the CA's")
    elif all(said):
        yield Holds(
            subject=one.url,
            title=f"The CRL that the tenant names for {one.subject} {said[0]}: {one.url}",
            evidence=(one.authority, *(copy.held for copy in one.copies[:6])),
            remedy=(right_crl(one.url),),
        )


def _mismatch(farm: Farm, authority: Held, retrieval: facts_pb2.Retrieval) -> str | None:
    """Return what does not fit, nothing when all does, None when that can't be told."""
    own: facts_pb2.CertificateSummary = authority.value.certificate
    crl = retrieval.crl
    if own.blob_sha256 and crl.issuer and names.text_key(crl.issuer) != names.text_key(own.subject):
        return f"is made out by {crl.issuer}"
    if own.subject_key_identifier and crl.authority_key_identifier not in ("", own.subject_key_identifier):
        return "is signed with another key"
    signed = _signed(farm, own.sha1, retrieval)
    if signed is False:
        return "is not signed with the CA's key"
    alike = bool(own.subject_key_identifier) and crl.authority_key_identifier == own.subject_key_identifier
    return "" if signed or alike else None


def _signed(farm: Farm, sha1: str, retrieval: facts_pb2.Retrieval) -> bool | None:
    """Tell whether the CA signed it: what the agent checked for this very CA, else by key and bytes."""
    if retrieval.expected_issuer_sha1 == sha1:
        if retrieval.signature == facts_pb2.SIGNATURE_CHECK_VERIFIED:
            return True
        if retrieval.signature in _REFUSED:
            return False
    known = inventory(farm).known.get(sha1)
    read = blobs.crl_if_read(farm, retrieval.crl.blob_sha256)
    if known is None or known.certificate is None or read is None:
        return None
    try:
        return read.parsed.is_signature_valid(known.certificate.parsed.public_key())  # type: ignore[arg-type]
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return None  # a key or an algorithm that nobody here can check


RULE = Rule(
    code="entra.crl-wrong-issuer",
    catalogue=("ENTRA-11",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "vantage"}),
    reads=("entra-authority", "retrieval"),
    what="The CRL at a URL of the tenant is of another CA, or of another key, than the CA object that names it.",
    why="Entra refuses a CRL that the CA object's key did not sign: revocation can't be checked for this CA.",
    remedy="Publish the CRL of this very key at the URL, or correct the URL on the CA object.",
    check="certutil -dump of the CRL: its issuer and key identifier, beside those of the CA object.",
    undo="Put back the former file, or the former URL on the CA object.",
    source="Microsoft Entra, certificate revocation list documentation (error codes)",
    on_farm=check,
)
