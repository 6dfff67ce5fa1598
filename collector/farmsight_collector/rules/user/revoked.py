"""A user's certificate was revoked: that it is refused is as it should be."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache, partial

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki import blobs, crls, names, verdicts
from farmsight_collector.pki.revocation import usable
from farmsight_collector.pki.told import plain
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen
from farmsight_collector.rules.user.given import doubt, judged
from farmsight_wire.v1 import facts_pb2

CRYPT_E_REVOKED = "0x80092010"
_LISTS = frozenset({facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA})


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for the serial on the CRLs that were fetched, in OCSP answers, and for what servers said themselves."""
    yield from judged(farm, partial(_judge, farm))


def _judge(farm: Farm, held: Held, subject: str) -> Iterator[Verdict]:
    own: facts_pb2.CertificateSummary = held.value.certificate
    listed = lru_cache(maxsize=None)(partial(_listed, farm, int(own.serial_number or "0", 16)))
    answers = [said for said in (_said(farm, one, own, listed) for one in _sources(farm)) if said is not None]
    telling = tuple(one for one, revoked in answers if revoked)
    if not telling:
        doubts = (*unseen(farm, "chain-verdict"), *unseen(farm, "retrieval"))
        yield from (replace(one, subject=subject) for one in doubts)
    if not answers:
        yield doubt(subject, f"no CRL of {own.issuer} that can be read was fetched", probe="retrievals")
    elif telling and not _taken_back(farm, own):
        yield Holds(
            subject=subject,
            title=f"The certificate of {subject} is revoked",
            evidence=(held, *telling[:6]),
            remedy=(told("the CA", "Find out why it was revoked; issue another one if the user may sign in"),),
        )


def _sources(farm: Farm) -> Iterator[Held]:
    for server in farm.servers:
        yield from (one.held for one in verdicts.said(server))
        for context in server.contexts("retrievals"):
            yield from server.ask("retrieval", context=context).facts


def _said(
    farm: Farm, one: Held, own: facts_pb2.CertificateSummary, listed: Callable[[bytes], bool | None]
) -> tuple[Held, bool] | None:
    """Return the fact with whether it says "revoked" of the certificate; None when it says nothing of it."""
    if one.kind == "chain-verdict":
        return _by_engine(one, own)
    if not usable(plain(one.value), farm.as_of):
        return None
    if one.value.purpose == facts_pb2.RETRIEVAL_PURPOSE_OCSP:
        status = one.value.ocsp.certificate_status
        mine = one.value.ocsp.certificate_serial == own.serial_number and own.sha1 in one.value.named_by
        return (one, status == facts_pb2.OCSP_CERTIFICATE_STATUS_REVOKED) if mine else None
    found = listed(one.value.crl.blob_sha256) if _of_issuer(one, own) else None
    return None if found is None else (one, found)


def _by_engine(one: Held, own: facts_pb2.CertificateSummary) -> tuple[Held, bool] | None:
    verdict: facts_pb2.ChainVerdict = one.value
    if not verdict.elements or verdict.elements[0].certificate.sha1 != own.sha1:
        return None
    of_others = any(above.error_status & verdicts.REVOKED for above in verdict.elements[1:])
    whole = verdict.revocation_error == CRYPT_E_REVOKED and not of_others  # the chain's error may be that of a CA
    revoked = verdict.elements[0].error_status & verdicts.REVOKED or whole
    passed = verdict.revocation_checked == facts_pb2.TRISTATE_YES
    return (one, bool(revoked)) if revoked or passed else None


def _of_issuer(one: Held, own: facts_pb2.CertificateSummary) -> bool:
    """Tell whether what was fetched is a CRL of this certificate's issuer."""
    summary: facts_pb2.CrlSummary = one.value.crl
    if one.value.purpose not in _LISTS or names.text_key(summary.issuer) != names.text_key(own.issuer):
        return False
    keys = (summary.authority_key_identifier, own.authority_key_identifier)
    return not all(keys) or keys[0] == keys[1]


def _listed(farm: Farm, serial: int, digest: bytes) -> bool | None:
    """Tell whether the serial is on a CRL; None when its bytes are not here or do not parse."""
    read = blobs.crl_if_read(farm, digest)
    return None if read is None else crls.find(read, serial) is not None


def _taken_back(farm: Farm, own: facts_pb2.CertificateSummary) -> bool:
    deltas = {
        bytes(one.value.crl.blob_sha256)
        for one in _sources(farm)
        if one.kind == "retrieval" and one.value.purpose == facts_pb2.RETRIEVAL_PURPOSE_DELTA
        if usable(plain(one.value), farm.as_of) and _of_issuer(one, own)
    }
    read = (blobs.crl_if_read(farm, digest) for digest in deltas)
    return any(crl is not None and crls.takes_back(crl, int(own.serial_number or "0", 16)) for crl in read)


RULE = Rule(
    code="user.revoked",
    catalogue=("CRL-33",),
    severity=Severity.INFO,
    roles=SIGN_IN,
    reads=("given-certificate", "retrieval", "chain-verdict"),
    what="A user's certificate is on its issuer's CRL, or a responder or a server says that it is revoked.",
    why="It is refused wherever revocation is checked (0x80092010), as it should be: nothing is wrong with the farm.",
    remedy="Issue another certificate if the user is to sign in.",
    check="Ask who revoked it and why.",
    source="RFC 5280 6.1.3 (a)(3); wincrypt.h, CERT_TRUST_IS_REVOKED",
    on_farm=check,
)
