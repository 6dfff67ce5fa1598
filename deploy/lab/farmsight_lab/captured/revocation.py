"""All that was fetched for one certificate, and what it comes to: is it revoked, can that be told?"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509

from farmsight_lab.captured import fetched, statuses
from farmsight_lab.captured.fetched import Crl, Fetched, Looking
from farmsight_lab.captured.names import in_one_line, is_self_signed
from farmsight_lab.captured.pointers import crl_urls, issuer_urls, ocsp_urls


@dataclass(frozen=True, kw_only=True)
class Used:
    """A CRL, or an OCSP answer (`number` None), that revocation was told from."""

    issuer: str
    this_update: datetime
    next_update: datetime | None
    digest: str
    number: str | None = None
    delta: bool = False


@dataclass(kw_only=True)
class Checked:
    """What the URLs of a certificate gave, and the status bits that follow."""

    aia: list[Fetched] = field(default_factory=list)
    cdp: list[Fetched] = field(default_factory=list)
    base_cdp: list[Fetched] | None = None  # None where no base CRL came
    ocsp: list[Fetched] = field(default_factory=list)
    used: list[Used] = field(default_factory=list)
    errors: int = 0


def check(
    certificate: x509.Certificate, issuer: x509.Certificate | None, responder: x509.Certificate | None, looking: Looking
) -> Checked:
    """Fetch all that a certificate names; `issuer` is None where it was not found, `responder` signs OCSP answers."""
    found = Checked(
        aia=[fetched.certificate(url, looking) for url in issuer_urls(certificate)],
        ocsp=[fetched.ocsp(url, looking) for url in ocsp_urls(certificate)],
    )
    crls: tuple[Crl, ...] = ()
    for url in crl_urls(certificate):
        one, usable = fetched.base(url, issuer, looking)
        found.cdp.append(one)
        crls = crls or usable
        if one.what == "base-crl" and found.base_cdp is None:
            found.base_cdp = list(one.deltas)
    if not is_self_signed(certificate):
        _judge(found, certificate, crls if issuer else (), responder if issuer else None, looking.now)
    return found


def _judge(
    found: Checked,
    certificate: x509.Certificate,
    crls: tuple[Crl, ...],
    responder: x509.Certificate | None,
    now: datetime,
) -> None:
    answered = next((one for one in found.ocsp if one.failure is None), None)
    if answered is not None and responder is not None:
        found.used = [_ocsp(answered, responder, now)]
    elif crls:
        found.used = [_crl(one) for one in crls]
        revoked = any(one.get_revoked_certificate_by_serial_number(certificate.serial_number) for one in crls)
        found.errors = statuses.REVOKED if revoked else 0
    else:
        found.errors = statuses.OFFLINE


def _crl(crl: Crl) -> Used:
    return Used(
        issuer=in_one_line(crl.issuer),
        this_update=crl.last_update_utc,
        next_update=crl.next_update_utc,
        digest=fetched.digest_of(crl),
        number=fetched.number_of(crl),
        delta=fetched.base_of(crl) is not None,
    )


def _ocsp(answered: Fetched, responder: x509.Certificate, now: datetime) -> Used:
    return Used(
        issuer=in_one_line(responder.subject),
        this_update=now,
        next_update=now + timedelta(days=1),
        digest=answered.digest,
    )
