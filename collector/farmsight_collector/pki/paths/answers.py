"""What single answers come to that are told without the bytes of a CRL, and what only Windows does with an answer."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.pki import crls, names
from farmsight_collector.pki.freshness import ended_words, next_update, over, this_update, unsure_words
from farmsight_collector.pki.paths.status import Question, Said, expired_entries, untimely
from farmsight_collector.pki.told import by_tool, of_no_use, word
from farmsight_wire.v1 import facts_pb2 as f

BYTES: Final = 100 * 1024 * 1024  # wincrypt.h, MaxUrlRetrievalByteCount
_SLOW: Final = frozenset({f.DURATION_CLASS_UNDER_20_S, f.DURATION_CLASS_OVER_20_S})  # over the 15 s that a URL is given
_BAD: Final = {
    f.SIGNATURE_CHECK_FAILED: "its signature is not the CA's",
    f.SIGNATURE_CHECK_WRONG_ISSUER: "another CA made it out",
}


def unknown(why: str) -> Said:
    """Return that this way says nothing, and why."""
    return Said(usable=Verdict.UNKNOWN, why=why)


def number(text: str) -> int:
    """Return a CRL number, -1 where none is told."""
    try:
        return int(text, 16) if text else -1
    except ValueError:
        return -1


def by_summary(question: Question, value: f.Retrieval) -> Said:
    """Return what is told of a CRL whose bytes are not here."""
    crl, own = value.crl, question.certificate
    if crl.issuer and names.text_key(crl.issuer) != names.text_key(own.issuer):
        return Said(usable=Verdict.FAILS, why=f"{crl.issuer} made it out", catalogue=("CRL-18",))
    if value.signature in _BAD:
        return Said(usable=Verdict.FAILS, why=_BAD[value.signature], catalogue=("CRL-18",))
    if crl.indirect or crl.only_some_reasons:
        return Said(usable=Verdict.FAILS, why="Windows passes such CRLs by", catalogue=("CRL-20",))
    if word(value) == "revoked" and list(value.named_by) == [own.sha1]:
        entry = crls.Entry(revoked_at=this_update(crl) or question.at, reason="")
        return Said(usable=Verdict.PASSES, why="the platform says that it lists the certificate", entry=entry)
    if of_no_use(value):
        return Said(usable=Verdict.FAILS, why=f"the platform says: {value.platform_word}", catalogue=("CRL-17",))
    return _by_dates(question, value)


def _by_dates(question: Question, value: f.Retrieval) -> Said:
    crl, own, ended = value.crl, question.certificate, over(value, question.at)
    if ended:
        return Said(usable=Verdict.FAILS, why=ended_words(value), catalogue=expired_entries(own))
    if untimely(this_update(crl), None, question.at) and not by_tool(value):
        return Said(usable=Verdict.FAILS, why="it is not valid yet", catalogue=("CRL-05",))
    if ended is None:
        return unknown(unsure_words(value))
    if value.signature != f.SIGNATURE_CHECK_VERIFIED or by_tool(value) or crl.entries or crl.parse_error:
        return unknown("the CRL itself is not here: whether it lists the certificate can't be told")
    return _nothing_on_it(next_update(crl))


def _nothing_on_it(until: datetime | None) -> Said:
    ends = f"valid until {until:%Y-%m-%d %H:%M} UTC" if until else "without an end"
    return Said(usable=Verdict.PASSES, why=f"it lists nothing, {ends}", until=until)


def as_windows_gets_it(answer: Said, value: f.Retrieval, by_account: str) -> Said:
    """Return the answer with what only the platform's own retrieval does: it is slower, stricter, or fails."""
    if answer.usable is not Verdict.PASSES or value.platform_wire.ok:
        return answer
    if value.platform_wire.error:
        why = f"CryptoAPI itself fails to get it as this account ({value.platform_wire.error})"
        return Said(usable=Verdict.FAILS, why=why, catalogue=(by_account,), entry=answer.entry)
    if value.url.lower().startswith("https:"):
        return replace(unknown("whether Windows fetches CRLs by https is not proven here"), catalogue=("CRL-13",))
    if value.size > BYTES:
        return Said(usable=Verdict.FAILS, why="it is larger than what Windows fetches", catalogue=("CRL-21",))
    if value.took in _SLOW:
        why = "it takes longer than the 15 s that Windows gives a URL: the first sign-ins fail, and later ones may not"
        return replace(unknown(why), catalogue=("CRL-21",), entry=answer.entry)
    return answer


def of_responder(question: Question, value: f.Retrieval) -> Said:
    """Return what a responder says of the certificate (RFC 6960 2.2), by a signature that is one to go by (3.2)."""
    told = value.ocsp
    if number(told.certificate_serial) != question.certificate.serial:
        return unknown("the responder was asked for another certificate")
    ends = told.next_update.ToDatetime(tzinfo=question.at.tzinfo) if told.HasField("next_update") else None
    begins = told.this_update.ToDatetime(tzinfo=question.at.tzinfo) if told.HasField("this_update") else None
    late = untimely(begins, ends, question.at) or _delegate_ended(question, told)
    if late or value.signature in _BAD:
        return Said(usable=Verdict.FAILS, why=late or _BAD[value.signature], catalogue=("CRL-27",))
    if value.signature != f.SIGNATURE_CHECK_VERIFIED:
        return unknown("whether the responder's signature is good can't be checked here")
    if told.certificate_status == f.OCSP_CERTIFICATE_STATUS_GOOD:
        return Said(usable=Verdict.PASSES, why="the responder says that it is good", until=ends)
    if told.certificate_status == f.OCSP_CERTIFICATE_STATUS_REVOKED:
        entry = crls.Entry(revoked_at=begins or question.at, reason="")
        return Said(usable=Verdict.PASSES, why="the responder says that it is revoked", until=ends, entry=entry)
    return unknown("the responder does not know the certificate")


def _delegate_ended(question: Question, told: f.OcspSummary) -> str:
    if not told.HasField("responder_not_after"):
        return ""
    ended = told.responder_not_after.ToDatetime(tzinfo=question.at.tzinfo)
    why = f"the certificate that the responder signs with ended on {ended:%Y-%m-%d %H:%M} UTC"
    return why if ended < question.at else ""
