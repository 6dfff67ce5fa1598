"""The chain that a server builds for a certificate from its own stores, as Windows' chain engine does."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from cryptography import x509

from farmsight_lab.captured import statuses
from farmsight_lab.captured.fetched import Looking
from farmsight_lab.captured.names import is_self_signed
from farmsight_lab.captured.pointers import issuer_urls
from farmsight_lab.captured.retrieval import Answer, fetch
from farmsight_lab.captured.revocation import Checked, check
from farmsight_lab.farm.state import Farm, Server

TRUSTED = ("ROOT", "AUTHROOT")
SEARCHED = ("CA", "ROOT", "AUTHROOT", "MY")


@dataclass(frozen=True, kw_only=True)
class Element:
    """One certificate of a chain with its status bits and all that was fetched for it."""

    certificate: x509.Certificate
    info: int
    errors: int
    checked: Checked


@dataclass(frozen=True, kw_only=True)
class Chain:
    """A chain, the leaf first; `missing` is the name of the issuer that was not found."""

    elements: tuple[Element, ...]
    info: int
    errors: int
    missing: x509.Name | None = None


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One account on one server, which builds chains."""

    farm: Farm
    server: Server
    context: str
    fetches_issuers: bool = True

    def build(self, leaf: str) -> Chain:
        """Return the chain of a certificate by its lab name, with revocation checked of every element."""
        names = list(self._climb(leaf))
        certificates = [self.farm.pki[name].certificate for name in names]
        whole = is_self_signed(certificates[-1])
        issuers: list[x509.Certificate | None] = [*certificates[1:], certificates[-1] if whole else None]
        elements = tuple(
            self._element(name, certificate, issuer)
            for name, certificate, issuer in zip(names, certificates, issuers, strict=True)
        )
        errors = 0 if whole else statuses.PARTIAL_CHAIN
        for one in elements:
            errors |= one.errors
        if whole:
            return Chain(elements=elements, info=statuses.PREFERRED, errors=errors)
        bare = tuple(replace(one, info=one.info & ~statuses.PREFERRED) for one in elements)
        return Chain(elements=bare, info=0, errors=errors, missing=certificates[-1].issuer)

    def looking(self) -> Looking:
        """Return who looks: this account, by this server's clock."""

        def asked(url: str) -> Answer:
            return fetch(self.farm, self.server, self.context, url)

        return Looking(fetch=asked, now=self.farm.now + timedelta(seconds=self.server.clock_offset_s))

    def _climb(self, name: str) -> Iterator[str]:
        while True:
            yield name
            certificate = self.farm.pki[name].certificate
            if is_self_signed(certificate):
                return
            above = self._in_stores(certificate) or self._by_aia(certificate)
            if above is None:
                return
            name = above

    def _in_stores(self, certificate: x509.Certificate) -> str | None:
        held = (row.certificate for store in SEARCHED for row in self.server.stores.get(store, ()))
        return next((name for name in held if self._issued(name, certificate)), None)

    def _by_aia(self, certificate: x509.Certificate) -> str | None:
        if not self.fetches_issuers:
            return None
        for url in issuer_urls(certificate):
            body = self.looking().fetch(url).body
            for name in self.farm.pki.names:
                if body == self.farm.pki[name].der and self._issued(name, certificate):
                    return name
        return None

    def _issued(self, name: str, certificate: x509.Certificate) -> bool:
        above = self.farm.pki[name].certificate
        if above.subject != certificate.issuer:
            return False
        ski = above.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        aki = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        return ski == aki

    def _element(self, name: str, certificate: x509.Certificate, issuer: x509.Certificate | None) -> Element:
        root = is_self_signed(certificate)
        checked = check(certificate, issuer, self._responder(issuer), self.looking())
        errors = checked.errors
        if not certificate.not_valid_before_utc <= self.looking().now <= certificate.not_valid_after_utc:
            errors |= statuses.NOT_TIME_VALID
        if self._holds(("DISALLOWED",), name):
            errors |= statuses.EXPLICIT_DISTRUST
        if root and not self._holds(TRUSTED, name):
            errors |= statuses.UNTRUSTED_ROOT
        info = (statuses.SELF_SIGNED if root else statuses.KEY_MATCH) | statuses.PREFERRED
        return Element(certificate=certificate, info=info, errors=errors, checked=checked)

    def _holds(self, stores: tuple[str, ...], name: str) -> bool:
        return any(row.certificate == name for store in stores for row in self.server.stores.get(store, ()))

    def _responder(self, issuer: x509.Certificate | None) -> x509.Certificate | None:
        for name in self.farm.pki.names:
            if name.startswith("ocsp-") and issuer is not None and self._issued_by(name, issuer):
                return self.farm.pki[name].certificate
        return None

    def _issued_by(self, name: str, issuer: x509.Certificate) -> bool:
        return self.farm.pki[name].certificate.issuer == issuer.subject
