"""The certificates whose URLs matter on a server, and where their issuers are."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from google.protobuf.message import Message

from farmsight_agent.hosts.host import Seen, StoredCertificate
from farmsight_agent.normalise import certificate_summary
from farmsight_agent.outcome import NotApplicableError, NotObservedError
from farmsight_agent.retrieve import issuer as issuers
from farmsight_agent.retrieve.sniff import pem_to_der
from farmsight_wire.v1 import facts_pb2

# Every CA in these matters to sign-in; of ROOT only what somebody put there.
ISSUING_STORES: Final = ("CA", "NTAuth", "ClientAuthIssuer")
SHIPPED: Final = frozenset({facts_pb2.STORE_ORIGIN_PACKAGE, facts_pb2.STORE_ORIGIN_THIRD_PARTY})
AUTO: Final = "auto"


class Stores(Protocol):
    """Of a host, what the choice of URLs needs."""

    def store_names(self) -> Seen[str]:
        """Return the names of the certificate stores."""

    def store_certificates(self, store: str) -> Seen[StoredCertificate]:
        """Return the certificates of a store."""

    def entra(self, part: str) -> Seen[Message]:
        """Return one part of the tenant's side."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """A certificate whose URLs are to be fetched."""

    der: bytes
    sha1: str
    serial: str
    is_ca: bool


@dataclass(kw_only=True)
class Gathered:
    """The certificates found, the pool that issuers are looked for in, and what could not be read."""

    named: dict[str, Named] = field(default_factory=dict)
    pool: dict[str, issuers.Issuer] = field(default_factory=dict)  # by SHA-1
    der: dict[str, bytes] = field(default_factory=dict)  # by SHA-1
    troubles: list[NotObservedError] = field(default_factory=list)

    def issuer_of(self, named: Named) -> bytes | None:
        """Return the certificate in the pool that signed this one, or None."""
        try:
            wanted = issuers.issuer_of(named.der)
            certificate = issuers.certificate_of(named.der)
        except ValueError:
            return None
        for candidate in self.pool.values():
            if candidate.subject == wanted and _signed_by(certificate, candidate.certificate):
                return self.der[candidate.sha1]
        return None


def gather(host: Stores, authorities: Sequence[str], user_certificates: Iterable[Path]) -> Gathered:
    """Read the stores and the user certificates handed in; what fails is kept in `troubles`."""
    gathered = Gathered()
    try:
        stores = host.store_names().values
    except NotObservedError as error:
        gathered.troubles.append(error)
        stores = ()
    for store in stores:
        _read_store(host, store, authorities, gathered)
    for path in user_certificates:
        for data in _read_file(path, gathered):
            _add(data, gathered, is_ca=False)
    return gathered


def _read_store(host: Stores, store: str, authorities: Sequence[str], gathered: Gathered) -> None:
    try:
        seen = host.store_certificates(store).values
    except NotApplicableError:
        return
    except NotObservedError as error:
        gathered.troubles.append(error)
        return
    for one in seen:
        if one.der is None:
            continue
        _add_to_pool(one.der, gathered)
        shipped = store == "ROOT" and one.message.origin in SHIPPED
        if store in ISSUING_STORES or (store == "ROOT" and not shipped):
            _add_authority(one.der, authorities, gathered)


def _add_authority(data: bytes, authorities: Sequence[str], gathered: Gathered) -> None:
    summary = certificate_summary(data, _keep_nothing)
    if summary.is_ca == facts_pb2.TRISTATE_NO or not summary.serial_number:
        return
    chosen = (AUTO in authorities) or any(
        text.lower().replace(":", "") == summary.sha1 or text.lower() in summary.subject.lower() for text in authorities
    )
    if chosen:
        _add(data, gathered, is_ca=True)


def _add(data: bytes, gathered: Gathered, *, is_ca: bool) -> None:
    summary = certificate_summary(data, _keep_nothing)
    named = Named(der=data, sha1=summary.sha1, serial=summary.serial_number or "0", is_ca=is_ca)
    gathered.named.setdefault(summary.sha1, named)


def _add_to_pool(data: bytes, gathered: Gathered) -> None:
    sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    if sha1 in gathered.der:
        return
    loaded = issuers.load(data)
    if loaded is not None:
        gathered.der[sha1] = data
        gathered.pool[sha1] = loaded


def _read_file(path: Path, gathered: Gathered) -> list[bytes]:
    try:
        data = path.read_bytes()
    except OSError as error:
        trouble = NotObservedError("user-certificate-unreadable", f"{path}: {error.strerror}")
        gathered.troubles.append(trouble)
        return []
    return pem_to_der(data) or [data]


def _signed_by(certificate: x509.Certificate, candidate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(candidate)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def _keep_nothing(_data: bytes) -> bytes:
    return b""
