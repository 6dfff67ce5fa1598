"""What an output of `certutil -verify` says, as facts.

A URL below which an object is shown was answered. What the answer was worth
is the tool's word for it. In English the words are known. In other languages
a word is only known from what it stands beside: an object that the chain
engine itself went by (the CRL whose number or hash the element shows, the
issuer's certificate in the chain) in an element without an error is verified;
where all answers of such an element carry one word, that word means verified
in the whole output. An answer under any other word is not judged: its
outcome is unknown, with the word beside it.
"""

from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.answers import seen
from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.certutil import alternative_names, outcomes
from farmsight_agent.hosts.evidence.certutil.fields import hexadecimal
from farmsight_agent.hosts.evidence.certutil.summaries import summary
from farmsight_agent.hosts.evidence.certutil.verification_parts import (
    NOT_SIGNATURE_VALID,
    OFFLINE_REVOCATION,
    REVOCATION_UNKNOWN,
    CrlShown,
    Element,
    Result,
    Section,
    Verification,
)
from farmsight_agent.hosts.evidence.certutil.verification_urls import crl_number
from farmsight_agent.hosts.host import Seen
from farmsight_agent.normalise.durations import duration_class
from farmsight_wire.v1 import facts_pb2 as f

_SELF_SIGNED: Final = 0x8
_DOUBTFUL: Final = NOT_SIGNATURE_VALID | REVOCATION_UNKNOWN | OFFLINE_REVOCATION
_PURPOSES: Final = {
    Section.AIA: f.RETRIEVAL_PURPOSE_AIA,
    Section.CDP: f.RETRIEVAL_PURPOSE_CRL,
    Section.BASE_CDP: f.RETRIEVAL_PURPOSE_DELTA,
    Section.OCSP: f.RETRIEVAL_PURPOSE_OCSP,
}
_TRISTATE: Final = {True: f.TRISTATE_YES, False: f.TRISTATE_NO, None: f.TRISTATE_UNKNOWN}
_FAILING_WORDS: Final = frozenset({"failed", "unsuccessful"})


@dataclass(kw_only=True)
class _Told:
    """A retrieval with the line it stands on."""

    line: int
    value: f.Retrieval


def retrievals(found: Verification, file: Text) -> Seen[f.Retrieval]:
    """Return what was fetched, each purpose and URL once, in the order of the output.

    Where the output is not whole, these are some of what was fetched.
    """
    words = _verified_words(found)
    kept: dict[tuple[int, str], _Told] = {}
    for element in found.elements:
        for result in element.results:
            told = _told(found, element, result, words)
            if told is not None:
                key = (told.value.purpose, told.value.url)
                kept[key] = told if key not in kept else _merged(kept[key], told)
    return seen(file, [(one.value, one.line) for one in kept.values()])


def chain_verdict(found: Verification, file: Text) -> Seen[f.ChainVerdict]:
    """Return the verdict on the leaf; none where the output is not whole, or does not name the leaf."""
    leaf = found.leaf
    if leaf is None or not leaf.sha1 or not found.complete:
        return seen(file)
    elements = [
        f.ChainElement(
            certificate=summary(one, found.calendar), error_status=one.error_status, info_status=one.info_status
        )
        for one in found.chain
    ]
    value = f.ChainVerdict(
        elements=elements,
        error_status=found.error_status | _together(found),
        info_status=found.info_status,
        revocation_error=found.revocation_error,
        revocation_checked=_TRISTATE[found.revocation_passed],
        chain_error=found.chain_error,
        application_policies=found.application_policies,
        all_application_policies=found.all_application_policies,
        machine_engine=_TRISTATE[found.machine_engine] if found.machine_engine is not None else f.TRISTATE_UNSPECIFIED,
        leaf_is_ca=_TRISTATE[found.leaf_is_ca],
    )
    return seen(file, [(value, leaf.line)])


def given_certificate(found: Verification, file: Text) -> Seen[f.GivenCertificate]:
    """Return the certificate that was verified, unless it is known to be a CA's."""
    leaf = found.leaf
    if leaf is None or not leaf.sha1 or found.leaf_is_ca:
        return seen(file)
    value = f.GivenCertificate(certificate=summary(leaf, found.calendar), template=leaf.template)
    value.certificate.is_ca = _TRISTATE[found.leaf_is_ca]
    if leaf.alternative_names is not None:
        alternative_names.read(leaf.alternative_names, value)
    return seen(file, [(value, leaf.line)])


def _together(found: Verification) -> int:
    bits = 0
    for one in found.chain:
        bits |= one.error_status
    return bits


def _issuer(found: Verification, element: Element) -> str:
    """Return the thumbprint of the CA that issued an element, by the chain, or ""."""
    if not element.known:
        return ""
    if element.info_status & _SELF_SIGNED:
        return element.sha1
    above = (one for one in found.elements if (one.chain, one.level) == (element.chain, element.level + 1))
    return next((one.sha1 for one in above), "")


def _told(found: Verification, element: Element, result: Result, words: set[str]) -> _Told | None:
    if not result.url or result.section is None:
        return None
    purpose = f.RETRIEVAL_PURPOSE_DELTA if result.delta else _PURPOSES[result.section]
    value = f.Retrieval(
        purpose=purpose,
        url=result.url,
        platform_word=result.word,
        took=duration_class(result.seconds * 1000),
        position=result.place,
        named_by=[element.sha1] if element.sha1 else [],
    )
    if result.error:
        outcomes.of_failure(result, value)
    elif not result.index:
        failed = result.word.lower() in _FAILING_WORDS
        value.outcome = f.RETRIEVAL_OUTCOME_FAILED if failed else f.RETRIEVAL_OUTCOME_UNKNOWN
        value.detail = "no code is shown"
    else:
        _answered(found, element, result, words, value)
    return _Told(line=result.line, value=value)


def _answered(found: Verification, element: Element, result: Result, words: set[str], into: f.Retrieval) -> None:
    issuer = _issuer(found, element)
    if _went_by(element, result, issuer) or result.word in words:
        into.outcome, into.signature = f.RETRIEVAL_OUTCOME_OK, f.SIGNATURE_CHECK_VERIFIED
    elif outcomes.is_known(result.word):
        into.outcome, into.signature = f.RETRIEVAL_OUTCOME_OK, outcomes.signature(result.word)
    else:
        into.outcome = f.RETRIEVAL_OUTCOME_UNKNOWN
        into.detail = f"answered; what the tool says of the answer ({result.word}) is not known in this language"
    if into.signature and result.section is not Section.OCSP:
        into.expected_issuer_sha1 = issuer
    if into.purpose == f.RETRIEVAL_PURPOSE_AIA and result.sha1:
        shown = next((one for one in found.elements if one.sha1 == result.sha1), None)
        into.certificates.append(summary(shown, found.calendar) if shown else f.CertificateSummary(sha1=result.sha1))
    elif into.purpose in (f.RETRIEVAL_PURPOSE_CRL, f.RETRIEVAL_PURPOSE_DELTA):
        _crl(found, element, result, into)


def _crl(found: Verification, element: Element, result: Result, into: f.Retrieval) -> None:
    """Say what is shown of a CRL: its number, and its dates where it is one that the engine went by."""
    block = _block(element, result)
    # Below a base CRL the tool prints the number of the base beside its deltas.
    number = block.number if block is not None else "" if len(result.index) == 3 else crl_number(result)
    if number:
        into.crl.number = hexadecimal(number)
    into.dates_seen = False
    if block is None:
        into.crl.SetInParent()
        return
    into.crl.issuer = block.issuer
    begins, ends = found.calendar.stamp(block.this_update), found.calendar.stamp(block.next_update)
    if begins is not None and ends is not None:
        into.crl.this_update.CopyFrom(begins)
        into.crl.next_update.CopyFrom(ends)
        into.dates_seen = True


def _block(element: Element, result: Result) -> CrlShown | None:
    """Return the details of the CRL that a result brought, where the element shows them."""
    whole = [one for one in element.crls if one.whole]
    if result.sha1:
        return next((one for one in whole if one.sha1 == result.sha1), None)
    number = crl_number(result).lower()
    # The second block of an element is the delta; the word for it is translated.
    alike = [one for at, one in enumerate(whole) if (at > 0) == result.delta and one.number.lower() == number]
    return alike[0] if number and len(alike) == 1 else None


def _went_by(element: Element, result: Result, issuer: str) -> bool:
    """Tell whether the chain engine went by what this result brought, and found nothing wrong with it."""
    if not element.known:
        return False
    if result.section is Section.AIA:  # that nothing is known of revocation says nothing of the issuer
        return bool(issuer) and result.sha1 == issuer and not element.error_status & NOT_SIGNATURE_VALID
    if element.error_status & _DOUBTFUL:
        return False
    return result.section in (Section.CDP, Section.BASE_CDP) and _block(element, result) is not None


def _verified_words(found: Verification) -> set[str]:
    """Return the words of elements without an error, all of whose answers carry one, and one of them a proven one."""
    words = set()
    for element in found.elements:
        answers = [one for one in element.results if one.index and not one.error]
        used = {one.word for one in answers}
        proven = any(_went_by(element, one, _issuer(found, element)) for one in answers)
        if len(used) == 1 and proven and element.error_status == 0 and not outcomes.is_known(answers[0].word):
            words |= used
    return words


def _merged(one: _Told, other: _Told) -> _Told:
    """Join two results of one URL: what failed once did fail; of two answers the one that says more counts."""
    first, second = sorted((one, other), key=_rank)
    kept = f.Retrieval()
    kept.CopyFrom(first.value)
    del kept.named_by[:]
    kept.named_by.extend(dict.fromkeys([*one.value.named_by, *other.value.named_by]))
    kept.position = min(one.value.position, other.value.position)
    if not _rank(first)[0] and _rank(second)[0] == 1:
        kept.detail = f"{kept.detail} (fetched more than once; in line {second.line} it was answered)".strip()
    return _Told(line=first.line, value=kept)


def _rank(told: _Told) -> tuple[int, bool, bool, bool]:
    value = told.value
    order = {f.RETRIEVAL_OUTCOME_OK: 1, f.RETRIEVAL_OUTCOME_UNKNOWN: 2}.get(value.outcome, 0)
    verified = value.signature == f.SIGNATURE_CHECK_VERIFIED
    return order, not value.dates_seen, not value.crl.number, not verified
