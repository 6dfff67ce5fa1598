"""`certutil -verify -urlfetch`: the chain element by element, every URL with what came of it, and the verdict."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from farmsight_lab.captured import names, statuses
from farmsight_lab.captured.chains import Chain, Element
from farmsight_lab.captured.fetched import Fetched
from farmsight_lab.captured.plan import Style
from farmsight_lab.captured.revocation import Used
from farmsight_lab.captured.verdict import verdict
from farmsight_lab.captured.wording import Told

_RULE = "  --------------------------------"
_END_ENTITY_FLAGS = (
    "dwFlags = CA_VERIFY_FLAGS_CONSOLE_TRACE (0x20000000)",
    "dwFlags = CA_VERIFY_FLAGS_DUMP_CHAIN (0x40000000)",
    "ChainFlags = CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT (0x40000000)",
)
_CA_FLAGS = (
    "dwFlags = CA_VERIFY_FLAGS_ALLOW_UNTRUSTED_ROOT (0x1)",
    "dwFlags = CA_VERIFY_FLAGS_IGNORE_OFFLINE (0x2)",
    "dwFlags = CA_VERIFY_FLAGS_FULL_CHAIN_REVOCATION (0x8)",
    "dwFlags = CA_VERIFY_FLAGS_CONSOLE_TRACE (0x20000000)",
    "dwFlags = CA_VERIFY_FLAGS_DUMP_CHAIN (0x40000000)",
    "ChainFlags = CERT_CHAIN_REVOCATION_CHECK_CHAIN (0x20000000)",
)


def text(chain: Chain, style: Style) -> str:
    """Return what is printed of a chain."""
    return "\r\n".join(_Report(chain, Told(style)).lines()) + "\r\n"


@dataclass(frozen=True)
class _Report:
    chain: Chain
    told: Told

    def lines(self) -> Iterator[str]:
        yield from self._head()
        yield from self._statuses("ChainContext")
        yield ""
        yield from self._statuses("SimpleChain")
        yield ""
        for place, element in enumerate(self.chain.elements):
            yield from self._element(place, element)
            yield ""
        yield from self._hashes()
        yield from verdict(self.chain, self.told)
        yield self.told.store.done.format(verb="verify")

    def _head(self) -> Iterator[str]:
        leaf, words = self.chain.elements[0].certificate, self.told.verify
        for label, name in ((words.issuer, leaf.issuer), (words.subject, leaf.subject)):
            yield label
            yield from (f"    {part}" for part in names.parts(name))
            encoded = name.public_bytes()
            for algorithm in ("sha1", "md5"):
                digest = hashlib.new(algorithm, encoded, usedforsecurity=False).hexdigest()
                yield f"  {words.name_hash.format(algorithm=algorithm)} {digest}"
        yield f"{words.serial} {names.serial(leaf)}"
        yield ""
        yield from _CA_FLAGS if names.is_ca(leaf) else _END_ENTITY_FLAGS
        yield "HCCE_LOCAL_MACHINE"
        yield "CERT_CHAIN_POLICY_BASE"
        yield "-------- CERT_CHAIN_CONTEXT --------"

    def _statuses(self, of: str) -> Iterator[str]:
        for name in statuses.names_of(self.chain.info, statuses.INFOS):
            yield f"{of}.dwInfoStatus = {name}"
        for name in statuses.names_of(self.chain.errors, statuses.ERRORS):
            yield f"{of}.dwErrorStatus = {name}"

    def _element(self, place: int, element: Element) -> Iterator[str]:
        yield f"CertContext[0][{place}]: dwInfoStatus={element.info:x} dwErrorStatus={element.errors:x}"
        yield from self.told.certificate(element.certificate)
        for name in statuses.names_of(element.info, statuses.INFOS):
            yield f"  Element.dwInfoStatus = {name}"
        for name in statuses.names_of(element.errors, statuses.ERRORS):
            yield f"  Element.dwErrorStatus = {name}"
        checked, words = element.checked, self.told.verify
        yield from self._section(words.aia, checked.aia)
        yield from self._section(words.cdp, checked.cdp)
        if checked.base_cdp is not None:
            yield from self._section(words.base_cdp, checked.base_cdp)
        yield from self._section(words.ocsp, checked.ocsp)
        yield _RULE
        for used in checked.used:
            yield from self._used(used)
        for number, use in enumerate(names.uses(element.certificate)):
            yield f"  Application[{number}] = {use} {words.uses.get(use, '')}".rstrip()

    def _section(self, heading: str, objects: list[Fetched]) -> Iterator[str]:
        yield f"  ----------------  {heading}  ----------------"
        if not objects:
            words = self.told.verify
            yield self.told.timed(f'  {words.statuses["no-urls"]} "{words.none}"', 0, "")
            return
        for place, one in enumerate(objects):
            yield from self.told.fetched(one, f"{place}.0")
            yield ""
            for number, delta in enumerate(one.deltas):
                if delta.failure is None:
                    # The same object is "OK" where the base CRL names it, and "Verified" here.
                    found = replace(delta, status="verified") if delta.status == "ok" else delta
                    yield from self.told.fetched(found, f"{place}.0.{number}")
                    yield ""

    def _used(self, used: Used) -> Iterator[str]:
        yield f"    {'Delta CRL' if used.delta else 'CRL'} {used.number or '(null)'}:"
        yield f"    Issuer: {used.issuer}"
        yield f"    ThisUpdate: {self.told.moment(used.this_update)}"
        yield f"    NextUpdate: {self.told.moment(used.next_update) if used.next_update else ''}"
        yield f"    {self.told.labelled_hash('CRL', used.digest)}"

    def _hashes(self) -> Iterator[str]:
        ders = [_der(one.certificate) for one in self.chain.elements]
        yield "Exclude leaf cert:"
        yield f"  {self.told.labelled_hash('Chain', names.sha1(b''.join(ders[1:])))}"
        yield "Full chain:"
        yield f"  {self.told.labelled_hash('Chain', names.sha1(b''.join(ders)))}"


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
