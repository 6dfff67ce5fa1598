"""What a CRL says of one certificate: revoked, not revoked, or why it does not answer (RFC 5280 6.3.3)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.pki import crls
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.critical_entries import strange_entries
from farmsight_collector.pki.crls import Crl, Entry
from farmsight_collector.pki.paths.scope import ALL_REASONS, misfit, points_of, reasons_of, same_scope
from farmsight_collector.pki.paths.terms import Terms


@dataclass(frozen=True, kw_only=True)
class Said:
    """The answer of one CRL."""

    usable: Verdict
    why: str  # a clause: why it is usable or not
    entry: Entry | None = None  # revoked, and since when
    reasons: frozenset[x509.ReasonFlags] = frozenset()  # for which it speaks
    until: datetime | None = None
    catalogue: tuple[str, ...] = ()
    wants_delta: bool = False  # it names a delta, and none that serves was given


@dataclass(frozen=True, kw_only=True)
class Question:
    """The certificate that is asked for, and how answers are judged."""

    certificate: Certificate
    issuer: Certificate
    at: datetime
    terms: Terms
    signer: Callable[[Crl], "Signer"]


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Whether a CRL's signature is one to go by."""

    good: Verdict
    why: str = ""
    catalogue: tuple[str, ...] = ()


def by_issuer(crl: Crl, issuer: Certificate) -> Signer:
    """Return whether the issuer of the certificate itself signed the CRL, and may."""
    signed = crls.signed_by(crl, issuer)
    if signed is None:
        return Signer(good=Verdict.UNKNOWN, why="its signature can't be checked here")
    if not signed:
        return Signer(good=Verdict.FAILS, why=f"the key of {issuer.subject} did not sign it", catalogue=("CRL-18",))
    if issuer.signs_crls is False:
        why = f"the key usage of {issuer.subject} lacks CRL signing"
        return Signer(good=Verdict.FAILS, why=why, catalogue=("CRL-19",))
    return Signer(good=Verdict.PASSES)


def said(question: Question, crl: Crl, deltas: Iterable[Crl] = ()) -> Said:
    """Return what a full CRL says of the certificate, together with the deltas that belong to it."""
    if crl.delta_base is not None:
        return Said(usable=Verdict.FAILS, why="it is a delta CRL without its base", catalogue=("CRL-10",))
    best: Said | None = None
    for point in points_of(question.certificate):
        why = misfit(question.certificate, crl, point, question.terms)
        if why:
            best = best or Said(usable=Verdict.FAILS, why=why, catalogue=_misfit_entries(question, crl))
            continue
        answer = _answered(question, crl, reasons_of(crl, point), tuple(deltas))
        if answer.usable is not Verdict.FAILS:
            return answer
        best = answer
    assert best is not None  # a certificate has at least one point
    return best


def _misfit_entries(question: Question, crl: Crl) -> tuple[str, ...]:
    if crl.indirect or (crl.scope is not None and crl.scope.only_some_reasons is not None):
        return ("CRL-20",)
    return ("CRL-18",) if crl.issuer_name != question.certificate.issuer_name else ()


def _answered(question: Question, crl: Crl, reasons: frozenset[x509.ReasonFlags], deltas: tuple[Crl, ...]) -> Said:
    trouble = untimely(crl.this_update, crl.next_update, question.at)
    if trouble:
        return Said(usable=Verdict.FAILS, why=trouble, catalogue=_late(question, crl.this_update))
    signer = question.signer(crl)
    if signer.good is not Verdict.PASSES:
        return Said(usable=signer.good, why=signer.why, catalogue=signer.catalogue)
    if strange_entries(crl):
        return Said(usable=Verdict.FAILS, why="an entry of it calls an extension critical that is not known")
    serial, name = question.certificate.serial, question.certificate.issuer_name
    if not crls.readable(crl, serial, name):
        return Said(usable=Verdict.UNKNOWN, why="its entries can't be read")
    entry, _ = crls.find_of(crl, serial, name)
    until = crl.next_update
    serving = [delta for delta in deltas if _serves(question, crl, delta)]
    for delta in sorted(serving, key=lambda one: -1 if one.number is None else one.number):
        on_delta, taken_back = crls.find_of(delta, serial, name)
        entry = None if taken_back else on_delta or entry
        until = min(filter(None, (until, delta.next_update)), default=None)
    number = f"number {crl.number:x}, " if crl.number is not None else ""
    ends = f"valid until {until:%Y-%m-%d %H:%M} UTC" if until else "without an end"
    return Said(
        usable=Verdict.PASSES,
        why=f"{number}{ends}",
        entry=entry,
        reasons=reasons,
        until=until,
        wants_delta=bool(crl.freshest_urls or question.certificate.freshest_urls) and not serving,
    )


def untimely(begins: datetime | None, ends: datetime | None, at: datetime) -> str:
    """Return why a CRL or an answer is out of its time, as a clause; empty when it is not."""
    if begins is not None and begins > at:
        return f"it is not valid before {begins:%Y-%m-%d %H:%M} UTC"
    if ends is not None and ends <= at:
        return f"it expired on {ends:%Y-%m-%d %H:%M} UTC"
    return ""


def _late(question: Question, begins: datetime) -> tuple[str, ...]:
    if begins > question.at:
        return ("CRL-05",)
    return expired_entries(question.certificate)


def expired_entries(about: Certificate) -> tuple[str, ...]:
    """Return what the catalogue has for an expired CRL: the parent's, where a CA's own status hangs on it."""
    return ("CRL-06", "CRL-04") if about.is_ca else ("CRL-04",)


def _serves(question: Question, crl: Crl, delta: Crl) -> bool:
    """Tell whether a delta brings a full CRL up to date (RFC 5280 5.2.4)."""
    if delta.delta_base is None or crl.number is None or crl.number < delta.delta_base:
        return False
    if delta.number is not None and delta.number < crl.number:
        return False  # it is older than the list itself
    if not same_scope(crl, delta) or delta.unknown_critical or strange_entries(delta):
        return False
    timely = not untimely(delta.this_update, delta.next_update, question.at)
    return timely and question.signer(delta).good is Verdict.PASSES


def whole(reasons: Iterable[frozenset[x509.ReasonFlags]]) -> bool:
    """Tell whether several answers together speak of all reasons for revocation (RFC 5280 6.3.3, end)."""
    return frozenset[x509.ReasonFlags]().union(*reasons) >= ALL_REASONS
