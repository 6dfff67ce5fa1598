"""What a CRL or AIA answer is, and whether it is the one that was asked for."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from farmsight_agent.normalise import certificate_summary, crl_summary, der
from farmsight_agent.retrieve import issuer as issuers
from farmsight_agent.retrieve.revoked import lists_any
from farmsight_agent.retrieve.signature import check_crl
from farmsight_agent.retrieve.sniff import cut_off, pem_to_der, sniff
from farmsight_agent.retrieve.target import Target
from farmsight_agent.retrieve.trouble import RetrievalTroubleError
from farmsight_wire.v1 import facts_pb2

Keep = Callable[[bytes], bytes]

MOST_CERTIFICATES: Final = 32
_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_NOT_ANOTHERS: Final = frozenset({facts_pb2.SIGNATURE_CHECK_VERIFIED, facts_pb2.SIGNATURE_CHECK_ISSUER_NOT_AVAILABLE})


def refuse_kind(data: bytes, *expected: facts_pb2.BodyKind.ValueType) -> facts_pb2.BodyKind.ValueType:
    """Return the kind of a body; raises `RetrievalTroubleError` when it is none of the expected."""
    kind = sniff(data)
    if kind in expected:
        return kind
    if kind == facts_pb2.BODY_KIND_OTHER and cut_off(data):
        text = "the body ends before the length that it states"
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_TRUNCATED, text)
    name = facts_pb2.BodyKind.Name(kind).removeprefix("BODY_KIND_").lower().replace("_", " ")
    raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_BAD_BODY, f"the body is: {name}")


def judge_crl(target: Target, data: bytes, into: facts_pb2.Retrieval, keep: Keep) -> None:
    """Fill in what a CRL answer says; raises `RetrievalTroubleError` when it is no CRL."""
    kind = refuse_kind(data, facts_pb2.BODY_KIND_DER_CRL, facts_pb2.BODY_KIND_PEM_CRL)
    if kind == facts_pb2.BODY_KIND_PEM_CRL:
        blocks = pem_to_der(data)
        if not blocks:
            raise _unreadable("a PEM block that can't be decoded")
        data = blocks[0]
    summary = crl_summary(data, keep)
    into.crl.CopyFrom(summary)
    if not summary.HasField("this_update"):
        raise _unreadable(summary.parse_error)
    candidates = [one for one in map(issuers.load, target.issuers) if one is not None]
    try:
        checked = check_crl(data, candidates, summary.authority_key_identifier)
    except der.DerError as error:
        raise _unreadable(str(error)) from error
    into.signature = checked.verdict
    into.expected_issuer_sha1 = checked.issuer_sha1
    if checked.verdict in _NOT_ANOTHERS:
        into.answer_lists_subject_revoked = lists_any(data, target.serials)


def judge_crls(target: Target, values: Sequence[bytes], into: facts_pb2.Retrieval, keep: Keep) -> None:
    """Fill in what the one of several CRLs says that the expected CA signed, or else the first.

    A client looks for its issuer's among them too. Raises as `judge_crl`.
    """
    trouble: RetrievalTroubleError | None = None
    first: facts_pb2.Retrieval | None = None
    for value in values:
        made = facts_pb2.Retrieval(body_sha256=hashlib.sha256(value).digest(), size=len(value), body_kind=sniff(value))
        try:
            judge_crl(target, value, made, keep)
        except RetrievalTroubleError as error:
            trouble = trouble or error
            continue
        if first is None or made.signature == facts_pb2.SIGNATURE_CHECK_VERIFIED:
            first = made
        if made.signature == facts_pb2.SIGNATURE_CHECK_VERIFIED:
            break
    if first is None:
        raise trouble or _unreadable("no CRL in it")
    into.MergeFrom(first)


def judge_aia(
    target: Target, data: bytes, into: facts_pb2.Retrieval, keep: Keep, *, others: Sequence[bytes] = ()
) -> None:
    """Fill in the certificates of an AIA answer, and of the `others` beside it in an entry.

    Raises `RetrievalTroubleError` when there are none.
    """
    try:
        found = [one for value in (data, *others) for one in _certificates(value, _kind_of_certificates(value))]
    except der.DerError as error:
        raise _unreadable(str(error)) from error
    found = found[:MOST_CERTIFICATES]
    if not found:
        raise _unreadable("no certificate in it")
    into.certificates.extend(certificate_summary(one, keep) for one in found)
    if all(one.parse_error and not one.subject for one in into.certificates):
        raise _unreadable(into.certificates[0].parse_error)
    _match(target, found, into)
    into.issuer_match = _nearest(target, found)


def _kind_of_certificates(data: bytes) -> facts_pb2.BodyKind.ValueType:
    return refuse_kind(
        data,
        facts_pb2.BODY_KIND_DER_CERTIFICATE,
        facts_pb2.BODY_KIND_PEM_CERTIFICATE,
        facts_pb2.BODY_KIND_PKCS7,
    )


def _certificates(data: bytes, kind: facts_pb2.BodyKind.ValueType) -> Iterator[bytes]:
    if kind == facts_pb2.BODY_KIND_DER_CERTIFICATE:
        yield data
        return
    for block in pem_to_der(data) or [data]:
        if sniff(block) == facts_pb2.BODY_KIND_PKCS7:
            yield from _bundled(block)
        else:
            yield block


def _bundled(data: bytes) -> Iterator[bytes]:
    """Yield the certificates of a PKCS#7 bundle (RFC 2315 9.1, RFC 5652 5.1)."""
    outer = der.expect(data, 0, len(data), der.SEQUENCE)
    oid = der.expect(data, outer.body, outer.end, der.OID)
    if der.dotted(der.content(data, oid)) != _SIGNED_DATA:
        raise der.DerError("a PKCS#7 of another kind than signed data")
    explicit = der.expect(data, oid.end, outer.end, 0xA0)
    signed = der.expect(data, explicit.body, explicit.end, der.SEQUENCE)
    for field in der.children(data, signed):
        if field.tag == 0xA0:
            yield from (der.whole(data, one) for one in der.children(data, field))


def _match(target: Target, found: list[bytes], into: facts_pb2.Retrieval) -> None:
    """Say whether one of the certificates issued the certificate that names this URL."""
    if target.subject_der is None:
        into.signature = facts_pb2.SIGNATURE_CHECK_ISSUER_NOT_AVAILABLE
        return
    try:
        subject = issuers.certificate_of(target.subject_der)
        wanted = issuers.issuer_of(target.subject_der)
    except ValueError:
        into.signature = facts_pb2.SIGNATURE_CHECK_UNSUPPORTED
        return
    into.signature = facts_pb2.SIGNATURE_CHECK_WRONG_ISSUER
    for candidate in filter(None, map(issuers.load, found)):
        if candidate.subject != wanted:
            continue
        into.expected_issuer_sha1 = candidate.sha1
        into.signature = _issued(subject, candidate.certificate)
        if into.signature == facts_pb2.SIGNATURE_CHECK_VERIFIED:
            return


def _nearest(target: Target, found: list[bytes]) -> facts_pb2.IssuerMatch.ValueType:
    """Say how near one of the certificates comes to the issuer that the chain on this server has."""
    if target.issuer_der is None:
        return facts_pb2.ISSUER_MATCH_UNSPECIFIED
    try:
        name, key = issuers.subject_of(target.issuer_der), issuers.key_of(target.issuer_der)
    except der.DerError:
        return facts_pb2.ISSUER_MATCH_UNSPECIFIED
    nearest: int = facts_pb2.ISSUER_MATCH_OTHER
    for one in found:
        try:
            same_name, same_key = issuers.subject_of(one) == name, issuers.key_of(one) == key
        except der.DerError:
            continue
        if one == target.issuer_der:
            return facts_pb2.ISSUER_MATCH_SAME_CERTIFICATE
        if same_name:  # the values rise with the distance
            nearest = min(nearest, facts_pb2.ISSUER_MATCH_SAME_KEY if same_key else facts_pb2.ISSUER_MATCH_SAME_NAME)
    return facts_pb2.IssuerMatch.ValueType(nearest)


def _issued(subject: x509.Certificate, by: x509.Certificate) -> facts_pb2.SignatureCheck.ValueType:
    try:
        subject.verify_directly_issued_by(by)
    except InvalidSignature:
        return facts_pb2.SIGNATURE_CHECK_FAILED
    except (UnsupportedAlgorithm, TypeError, ValueError):
        return facts_pb2.SIGNATURE_CHECK_UNSUPPORTED
    return facts_pb2.SIGNATURE_CHECK_VERIFIED


def _unreadable(detail: str) -> RetrievalTroubleError:
    return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_BAD_BODY, f"does not parse: {detail}"[:300])
