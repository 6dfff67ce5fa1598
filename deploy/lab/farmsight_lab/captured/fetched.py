"""Objects that were fetched for a certificate, and what certutil would call each of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from farmsight_lab.captured import statuses
from farmsight_lab.captured.names import sha1, thumbprint
from farmsight_lab.captured.pointers import delta_urls
from farmsight_lab.captured.retrieval import Answer, crl_of, signed_by
from farmsight_lab.captured.statuses import Failure

Crl = x509.CertificateRevocationList


@dataclass(frozen=True, kw_only=True)
class Looking:
    """Who looks and when: what this account on this server gets for a URL, and what its clock says."""

    fetch: Callable[[str], Answer]
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """One object that came, or did not: `status` and `what` by the names that the words have."""

    url: str
    status: str
    what: str  # certificate, base-crl, delta-crl, ocsp; of a failure: aia, cdp, ocsp
    seconds: int = 0
    number: str = ""  # of a CRL, in hex; of a certificate, its place
    digest: str = ""
    failure: Failure | None = None
    deltas: tuple["Fetched", ...] = ()  # found by way of this base CRL


def certificate(url: str, looking: Looking) -> Fetched:
    """Return the issuer's certificate at an AIA URL."""
    answer = looking.fetch(url)
    if answer.failure is not None:
        return _failed(url, "aia", answer)
    try:
        digest = thumbprint(x509.load_der_x509_certificate(answer.body))
    except ValueError:
        return _failed(url, "aia", answer)
    came = Fetched(url=url, status="verified", what="certificate", number="0", digest=digest)
    return replace(came, seconds=answer.seconds)


def ocsp(url: str, looking: Looking) -> Fetched:
    """Return the answer of an OCSP responder: the lab's say "good" to whoever reaches them."""
    answer = looking.fetch(url)
    if answer.failure is not None:
        return _failed(url, "ocsp", answer)
    return Fetched(url=url, status="verified", what="ocsp", seconds=answer.seconds, digest=sha1(url.encode()))


def base(url: str, issuer: x509.Certificate | None, looking: Looking) -> tuple[Fetched, tuple[Crl, ...]]:
    """Return the base CRL at a URL with its deltas, and the CRLs that revocation can be told from."""
    came, crl = _crl(url, issuer, looking)
    if crl is None:
        return came, ()
    deltas = [_crl(each, issuer, looking, of=crl) for each in delta_urls(crl)]
    came = replace(came, deltas=tuple(one for one, _ in deltas))
    good = [held for one, held in deltas if held is not None and one.status == "ok"]
    # With a delta named and none to be had, the base alone is not fresh enough.
    usable = came.status == "verified" and (good or not deltas)
    return came, (crl, *good[:1]) if usable else ()


def number_of(crl: Crl) -> str:
    """Return a CRL's number in hex, whole bytes."""
    number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big").hex()


def digest_of(crl: Crl) -> str:
    """Return the SHA-1 of a CRL."""
    return crl.fingerprint(hashes.SHA1()).hex()  # noqa: S303 - a name, not a safeguard


def base_of(delta: Crl) -> int | None:
    """Return the number of the base that a delta CRL goes on from; None for a base CRL."""
    try:
        return delta.extensions.get_extension_for_class(x509.DeltaCRLIndicator).value.crl_number
    except x509.ExtensionNotFound:
        return None


def _failed(url: str, what: str, answer: Answer) -> Fetched:
    failure = answer.failure or Failure(code=statuses.INVALID_DATA)
    return Fetched(url=url, status="failed", what=what, seconds=answer.seconds, failure=failure)


def _crl(
    url: str, issuer: x509.Certificate | None, looking: Looking, of: Crl | None = None
) -> tuple[Fetched, Crl | None]:
    """Return the CRL at a URL, as the delta `of` a base or as a base itself."""
    answer = looking.fetch(url)
    if answer.failure is not None:
        return _failed(url, "cdp", answer), None
    try:
        crl = crl_of(answer.body)
    except ValueError:
        return _failed(url, "cdp", answer), None
    status = _status(answer.body, issuer, looking.now, of)
    came = Fetched(url=url, status=status, what="base-crl" if of is None else "delta-crl", seconds=answer.seconds)
    return replace(came, number=number_of(crl), digest=digest_of(crl)), crl


def _status(body: bytes, issuer: x509.Certificate | None, now: datetime, of: Crl | None) -> str:
    crl = crl_of(body)
    if issuer is None or crl.last_update_utc > now:
        return "unverified"
    if crl.issuer != issuer.subject:
        return "wrong-issuer"
    if not signed_by(body, issuer):
        return "bad-signature"
    if crl.next_update_utc is not None and crl.next_update_utc < now:
        return "expired"
    if of is None:
        return "verified"
    wanted = base_of(crl)
    held = of.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    return "ok" if wanted is not None and wanted <= held else "old-base"
