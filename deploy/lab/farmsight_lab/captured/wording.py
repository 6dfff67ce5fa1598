"""Pieces of certutil's output that several of its reports share, as one server's Windows prints them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from farmsight_lab.captured import names
from farmsight_lab.captured.fetched import Fetched
from farmsight_lab.captured.languages.words import StoreWords, VerifyWords
from farmsight_lab.captured.plan import Style


@dataclass(frozen=True)
class Told:
    """The words, dates and hashes of one server."""

    style: Style

    @property
    def verify(self) -> VerifyWords:
        """Return the words of -verify."""
        return self.style.words.verify

    @property
    def store(self) -> StoreWords:
        """Return the words of -verifystore."""
        return self.style.words.store

    def moment(self, at: datetime) -> str:
        """Return an instant as the server's wall clock has it."""
        return self.style.words.moment(at + timedelta(hours=self.style.utc_offset_h))

    def hash(self, digest: str) -> str:
        """Return a hash."""
        return names.spelt(digest, self.style.system)

    def labelled_hash(self, label: str, digest: str) -> str:
        """Return a hash of a chain's dump, which older versions print without its label."""
        return f"{label}: {digest}" if self.style.system.compact_hash else self.hash(digest)

    def certificate(self, certificate: x509.Certificate) -> Iterator[str]:
        """Yield a certificate as a chain's dump names it: in no language but English."""
        yield f"  Issuer: {names.in_one_line(certificate.issuer)}"
        yield f"  NotBefore: {self.moment(certificate.not_valid_before_utc)}"
        yield f"  NotAfter: {self.moment(certificate.not_valid_after_utc)}"
        yield f"  Subject: {names.in_one_line(certificate.subject)}"
        yield f"  Serial: {names.serial(certificate)}"
        others = names.alternative_names(certificate)
        if others:
            yield f"  SubjectAltName: {others}"
        yield f"  {self.labelled_hash('Cert', names.thumbprint(certificate))}"

    def timed(self, begin: str, seconds: int, digest: str) -> str:
        """Return the line of one object: how long it took, and on newer versions its hash."""
        line = f"{begin} {self.verify.time} {seconds}"
        return f"{line} {digest or '(null)'}" if self.style.system.retrieval_hash else line

    def fetched(self, one: Fetched, place: str) -> Iterator[str]:
        """Yield the lines of one object that was fetched, or of the failure to."""
        begin = f'  {self.verify.statuses[one.status]} "{self._object(one)}"'
        yield self.timed(begin, one.seconds, one.digest)
        if one.failure is None:
            yield f"    [{place}] {one.url}"
            return
        yield f"    {self.verify.retrieving} {one.failure.told(self.style.words, self.style.system.errors)}"
        yield f"    {one.url}"

    def _object(self, one: Fetched) -> str:
        named = {
            "certificate": self.verify.certificate,
            "base-crl": self.verify.base_crl,
            "delta-crl": self.verify.delta_crl,
        }
        return f"{named[one.what]} ({one.number})" if one.what in named else one.what.upper()
