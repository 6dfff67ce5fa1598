"""By which ways a server learns, under one account, whether a certificate is revoked, and what each comes to.

CryptoAPI takes what its cache or a store still holds, then asks the
responder, then fetches from the URLs of the certificate; any one that answers
is enough. So a dead URL hurts nobody while a cached CRL lasts, and everybody
at the moment when it ends. The root is never asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.pki import blobs, crls, names
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.outcomes import NOT_FETCHED, words
from farmsight_collector.pki.paths.answers import as_windows_gets_it, by_summary, number, of_responder, unknown
from farmsight_collector.pki.paths.judgement import Covering
from farmsight_collector.pki.paths.status import Question, Said, said
from farmsight_collector.pki.told import plain
from farmsight_wire.v1 import facts_pb2 as f

BY_ACCOUNT: Final = {"system": "CRL-01", "adfs-service": "CRL-02", "network-service": "CRL-03"}
_OTHER_OUTCOMES: Final = {
    f.RETRIEVAL_OUTCOME_BAD_BODY: ("what the URL gives is no CRL", "CRL-25"),
    f.RETRIEVAL_OUTCOME_TOO_LARGE: ("it is larger than what is fetched", "CRL-21"),
    f.RETRIEVAL_OUTCOME_OCSP_ERROR: ("the responder answers with an error", "CRL-27"),
    f.RETRIEVAL_OUTCOME_NOT_POSSIBLE_HERE: ("this server has no domain to ask", "CRL-11"),
}


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way, and its answer."""

    covering: Covering
    answer: Said


@dataclass(frozen=True, kw_only=True)
class Ways:
    """The ways of one server under one account."""

    farm: Farm
    server: Server
    context: str
    cached_only: bool

    def of(self, question: Question) -> tuple[Way, ...]:
        """Return every way to the status of the certificate in question, in the order in which they are tried."""
        own = question.certificate
        found = [way for url in own.crl_urls for way in self._cached(question, url)]
        found.extend(self._in_stores(question))
        if not self.cached_only:
            found.extend(self._responder(question, url) for url in own.ocsp_urls)
            found.extend(self._fetched(question, url) for url in own.crl_urls)
        return tuple(found)

    @cached_property
    def _retrievals(self) -> dict[tuple[int, str], Held]:
        rows = self.server.ask("retrieval", context=self.context).facts
        return {(held.value.purpose, held.value.url.strip()): held for held in rows}

    @cached_property
    def _cache(self) -> dict[str, Held]:
        rows = self.server.ask("url-cache", context=self.context).facts
        return {held.value.url.strip() or held.key: held for held in rows}

    def _fetched(self, question: Question, url: str) -> Way:
        held = self._retrievals.get((f.RETRIEVAL_PURPOSE_CRL, url.strip()))
        if held is None:
            return _way(url, "fetched", unknown(self._unlooked(question.certificate)))
        answer = self._of_crl(question, plain(held.value))
        return _way(url, "fetched", answer, held)

    def _unlooked(self, own: Certificate) -> str:
        answer = self.server.ask("retrieval", context=self.context)
        if answer.knowledge is Knowledge.UNKNOWN:
            return f"what {self.server.name} fetches as {self.context} is not known: {answer.reason}"
        return (
            f"{self.server.name} has not fetched it as {self.context}; name the certificate {own.sha1} in "
            "user_certificates of its agent's configuration, or run certutil -verify -urlfetch there as that account"
        )

    def _of_crl(self, question: Question, value: f.Retrieval) -> Said:
        failed = self._not_had(value)
        if failed is not None:
            return failed
        read = blobs.crl_if_read(self.farm, value.crl.blob_sha256 or value.body_sha256)
        if read is None:
            answer = by_summary(question, value)
        else:
            answer = said(question, read, self._deltas(question.certificate, read))
        if answer.usable is Verdict.PASSES:
            answer = self._with_delta(question, answer, value.crl)
        return as_windows_gets_it(answer, value, BY_ACCOUNT.get(self.context, "CRL-01"))

    def _not_had(self, value: f.Retrieval) -> Said | None:
        """Return why nothing came, None when something did."""
        if value.outcome == f.RETRIEVAL_OUTCOME_OK:
            return None
        if value.outcome in NOT_FETCHED:
            asks = ("NET-04",) if value.outcome == f.RETRIEVAL_OUTCOME_PROXY_AUTHENTICATION else ()
            entries = (BY_ACCOUNT.get(self.context, "CRL-01"), *asks)
            return Said(usable=Verdict.FAILS, why=words(value), catalogue=entries)
        if value.outcome in _OTHER_OUTCOMES:
            why, entry = _OTHER_OUTCOMES[value.outcome]
            return Said(usable=Verdict.FAILS, why=why, catalogue=(entry,))
        return unknown(value.detail or "what it answers is not known")

    def _deltas(self, own: Certificate, crl: crls.Crl) -> tuple[crls.Crl, ...]:
        urls = dict.fromkeys((*own.freshest_urls, *crl.freshest_urls))
        held = [self._retrievals.get((f.RETRIEVAL_PURPOSE_DELTA, url.strip())) for url in urls]
        values = [plain(one.value) for one in held if one is not None]
        if self.cached_only:
            values = []
        digests = [v.crl.blob_sha256 or v.body_sha256 for v in values if v.outcome == f.RETRIEVAL_OUTCOME_OK]
        digests += [e.value.body_sha256 for url in urls if (e := self._cache.get(url.strip())) is not None]
        found = (blobs.crl_if_read(self.farm, digest) for digest in digests)
        return tuple(one for one in found if one is not None)

    def _with_delta(self, question: Question, answer: Said, base: f.CrlSummary) -> Said:
        """Return the answer as it is with the deltas that are named: without one of them the base says nothing."""
        urls = tuple(dict.fromkeys((*question.certificate.freshest_urls, *base.freshest_urls)))
        if not urls or not question.terms.deltas_needed or (answer.reasons and not answer.wants_delta):
            return answer
        said_of = [(url, self._delta(question, url, base)) for url in urls]
        best = next((one for _, one in said_of if one.usable is Verdict.PASSES), None)
        if best is not None:
            return replace(answer, until=min(filter(None, (answer.until, best.until)), default=None))
        url, worst = next(((u, one) for u, one in said_of if one.usable is Verdict.UNKNOWN), said_of[0])
        return replace(worst, why=f"its delta CRL {url}: {worst.why}", reasons=frozenset(), entry=answer.entry)

    def _delta(self, question: Question, url: str, base: f.CrlSummary) -> Said:
        held = self._retrievals.get((f.RETRIEVAL_PURPOSE_DELTA, url.strip()))
        if held is None:
            return unknown(self._unlooked(question.certificate))
        value = plain(held.value)
        failed = self._not_had(value)
        if failed is not None:
            return replace(failed, catalogue=("CRL-07", *failed.catalogue))
        if number(value.crl.delta_base_number) > number(base.number) >= 0:
            return replace(unknown("it belongs to a later base CRL"), catalogue=("CRL-10",))
        answer = by_summary(question, value)
        return replace(answer, catalogue=("CRL-07",)) if answer.usable is Verdict.FAILS else answer

    def _cached(self, question: Question, url: str) -> Iterator[Way]:
        entry = self._cache.get(url.strip())
        if entry is not None:
            value = f.Retrieval(purpose=f.RETRIEVAL_PURPOSE_CRL, url=url, outcome=f.RETRIEVAL_OUTCOME_OK)
            value.crl.CopyFrom(entry.value.crl)
            value.body_sha256, value.size = entry.value.body_sha256, entry.value.size
            yield _way(url, "cache", self._of_crl(question, value), entry)
        elif self.cached_only:
            answer = self.server.ask("url-cache", context=self.context)
            known = answer.knowledge is not Knowledge.UNKNOWN
            why = "it is not in the account's cache" if known else f"the account's cache is not known: {answer.reason}"
            cold = Said(usable=Verdict.FAILS, why=why, catalogue=("CRL-30",))
            yield _way(url, "cache", cold if known else unknown(why))

    def _in_stores(self, question: Question) -> Iterator[Way]:
        wanted = names.text_key(question.certificate.issuer)
        for store in ("CA", "ROOT"):
            for held in self.server.ask("store-crl", part=store).facts:
                if names.text_key(held.value.crl.issuer) == wanted and not held.value.crl.delta_base_number:
                    value = f.Retrieval(purpose=f.RETRIEVAL_PURPOSE_CRL, outcome=f.RETRIEVAL_OUTCOME_OK)
                    value.crl.CopyFrom(held.value.crl)
                    yield _way("", "store", self._of_crl(question, value), held)

    def _responder(self, question: Question, url: str) -> Way:
        held = self._retrievals.get((f.RETRIEVAL_PURPOSE_OCSP, url.strip()))
        if held is None:
            return _way(url, "ocsp", unknown(self._unlooked(question.certificate)))
        value = plain(held.value)
        failed = self._not_had(value)
        if failed is not None:
            entries = ("CRL-27", *failed.catalogue) if failed.usable is Verdict.FAILS else ()
            return _way(url, "ocsp", replace(failed, catalogue=entries), held)
        return _way(url, "ocsp", of_responder(question, value), held)


def _way(url: str, source: str, answer: Said, *held: Held) -> Way:
    covering = Covering(
        url=url,
        source=source,
        usable=answer.usable,
        why=answer.why,
        until=answer.until if answer.usable is Verdict.PASSES else None,
        evidence=held,
    )
    return Way(covering=covering, answer=answer)
