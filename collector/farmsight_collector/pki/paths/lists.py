"""Revocation by a set of CRLs that are at hand, as RFC 5280 6.3 has it: delegated, indirect and partial ones too."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.pki import crls
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.crls import Crl
from farmsight_collector.pki.paths.builder import Path
from farmsight_collector.pki.paths.codes import reason
from farmsight_collector.pki.paths.judge import Case, Status, judged
from farmsight_collector.pki.paths.judgement import Covering, Judgement, Reason
from farmsight_collector.pki.paths.pool import Candidate, Pool
from farmsight_collector.pki.paths.status import Question, Said, Signer, by_issuer, said, whole
from farmsight_collector.pki.paths.terms import Terms

DEEPEST = 4  # CRLs whose signers hang on CRLs whose signers ...


def judged_by_lists(leaf: Candidate, pool: Pool, lists: Iterable[Crl], at: datetime, terms: Terms) -> Judgement:
    """Return what a leaf comes to by a pool of certificates and these CRLs alone."""
    return _Lists(pool=pool, lists=tuple(lists), at=at, terms=terms).judged(leaf)


@dataclass(frozen=True, kw_only=True)
class _Lists:
    pool: Pool
    lists: tuple[Crl, ...]
    at: datetime
    terms: Terms
    asking: frozenset[bytes] = field(default=frozenset())  # the CRLs whose signers are being judged

    def judged(self, leaf: Candidate) -> Judgement:
        return judged(Case(leaf=leaf, pool=self.pool, at=self.at, terms=self.terms, statuses=self._status))

    def _status(self, path: Path, place: int) -> Status:
        own, issuer = path.candidates[place].certificate, path.candidates[place + 1].certificate
        question = Question(
            certificate=own,
            issuer=issuer,
            at=self.at,
            terms=self.terms,
            signer=lambda crl: self._signer(crl, issuer, path.candidates[-1].certificate),
        )
        deltas = [one for one in self.lists if one.delta_base is not None]
        answers = [(one, said(question, one, deltas)) for one in self.lists if one.delta_base is None]
        coverings = tuple(_covering(one, answer) for one, answer in answers)
        return coverings, tuple(_reasons(own, [answer for _, answer in answers], leaf=not place))

    def _signer(self, crl: Crl, issuer: Certificate, root: Certificate) -> Signer:
        """Return whether somebody whose own chain leads to the same root may sign the CRL (RFC 5280 6.3.3 f)."""
        direct = by_issuer(crl, issuer) if crl.issuer_name == issuer.subject_name else None
        if direct is not None and (direct.good is Verdict.PASSES or not self.terms.delegated_crls):
            return direct
        for one in self.pool.by_subject.get(crl.issuer_name, ()):
            may = crls.signed_by(crl, one.certificate) and one.certificate.signs_crls is not False
            if may and (one.certificate.sha256 == root.sha256 or self._leads_to(one, crl, root)):
                return Signer(good=Verdict.PASSES)
        why = f"no certificate of {crl.issuer} that leads to the same root and may sign CRLs signed it"
        return direct or Signer(good=Verdict.FAILS, why=why, catalogue=("CRL-18",))

    def _leads_to(self, signer: Candidate, crl: Crl, root: Certificate) -> bool:
        if crl.sha256 in self.asking:
            return True  # it speaks of its own signer, which RFC 5280 allows: the rest of the signer's chain decides
        if len(self.asking) >= DEEPEST:
            return False
        terms = replace(self.terms, explicit_policy=False, usage=None)
        judgement = replace(self, terms=terms, asking=self.asking | {crl.sha256}).judged(signer)
        good = (one for one in judgement.chains if one.verdict is Verdict.PASSES)
        return any(one.steps[-1].certificate.sha256 == root.sha256 for one in good)


def _covering(crl: Crl, answer: Said) -> Covering:
    until = answer.until if answer.usable is Verdict.PASSES else None
    return Covering(url=crl.issuer, source="store", usable=answer.usable, why=answer.why, until=until)


def _reasons(own: Certificate, answers: list[Said], *, leaf: bool) -> Iterator[Reason]:
    usable = [answer for answer in answers if answer.usable is Verdict.PASSES]
    entry = next((answer.entry for answer in usable if answer.entry is not None), None)
    if entry is not None:
        why = f"{own.subject} was revoked on {entry.revoked_at:%Y-%m-%d %H:%M} UTC {entry.reason}".strip()
        yield reason("revoked", own, why, leaf=leaf)
    elif not whole(answer.reasons for answer in usable):
        told = next((a.why for a in answers if a.usable is not Verdict.PASSES), "no CRL speaks of it")
        why = f"whether {own.subject} is revoked can't be learned: {told}"
        yield reason("revocation-offline", own, why, leaf=leaf)
