"""The collector's own TLS certificate, which renews itself while the ports stay open."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from farmsight_collector.identity.authority import Authority, key_pem, write_secret
from farmsight_collector.identity.names import COLLECTOR

KEY: Final = "server.key"
CERTIFICATE: Final = "server.crt"

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A key and the chain before it, as PEM."""

    key_pem: bytes
    chain_pem: bytes
    renew_after: datetime


class ServingCertificate:
    """Gives gRPC the TLS certificate at each handshake, a fresh one when half its life is over."""

    def __init__(
        self, authority: Authority, folder: Path, names: tuple[str, ...], days: int, now: Callable[[], datetime]
    ) -> None:
        """Read the folder's certificate, or make one; nothing is listening yet."""
        self._authority = authority
        self._folder = folder
        self._names = names
        self._days = days
        self._now = now
        self._lock = threading.Lock()
        self._pair = self._load() or self._make()

    def current(self) -> Pair:
        """Return the pair to serve with now."""
        with self._lock:
            if self._now() >= self._pair.renew_after:
                self._pair = self._make()
            return self._pair

    def credentials(self, *, clients_must_show_certificates: bool, bootstrap: bool = False) -> grpc.ServerCredentials:
        """Return server credentials that follow the renewals.

        With `bootstrap`, TLS also lets in who shows an identity that anyone can make: whoever takes calls
        then must prove each peer's certificate (`rpc.peer`).
        """
        served: list[Pair] = [self.current()]
        roots = self._authority.client_roots(bootstrap=bootstrap) if clients_must_show_certificates else None

        def configuration(pair: Pair) -> grpc.ServerCertificateConfiguration:
            return grpc.ssl_server_certificate_configuration([(pair.key_pem, pair.chain_pem)], root_certificates=roots)

        def fetch() -> grpc.ServerCertificateConfiguration | None:
            try:
                pair = self.current()
            except Exception:  # a full disk must not close the port: the old certificate still serves
                log.exception("the server certificate could not be renewed")
                return None
            if pair is served[0]:
                return None
            served[0] = pair
            return configuration(pair)

        return grpc.dynamic_ssl_server_credentials(
            configuration(served[0]),
            fetch,  # type: ignore[arg-type,unused-ignore] # None means: the one before
            require_client_authentication=clients_must_show_certificates,
        )

    def _make(self) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        issued = self._authority.sign_server(key.public_key(), self._names, self._now(), self._days)
        chain = b"".join(
            x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM) for der in issued.chain_der
        )
        write_secret(self._folder / KEY, key_pem(key))
        (self._folder / CERTIFICATE).write_bytes(chain)
        log.info("new server certificate until %s", issued.not_after.isoformat())
        return Pair(key_pem=key_pem(key), chain_pem=chain, renew_after=issued.renew_after)

    def _load(self) -> Pair | None:
        """Return the pair in the folder, or None when there is none that can still serve these names."""
        try:
            key = serialization.load_pem_private_key((self._folder / KEY).read_bytes(), password=None)
            chain = (self._folder / CERTIFICATE).read_bytes()
            leaf = x509.load_pem_x509_certificates(chain)[0]
        except (OSError, ValueError, TypeError, IndexError):
            return None
        fits = (
            isinstance(key, ec.EllipticCurvePrivateKey)
            and key.public_key() == leaf.public_key()
            and self._authority.signed(leaf)
            and _names_in(leaf) == {COLLECTOR, *self._names}
        )
        if not fits or not isinstance(key, ec.EllipticCurvePrivateKey):
            return None
        middle = leaf.not_valid_before_utc + (leaf.not_valid_after_utc - leaf.not_valid_before_utc) / 2
        return Pair(key_pem=key_pem(key), chain_pem=chain, renew_after=middle)


def _names_in(leaf: x509.Certificate) -> set[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = names.get_values_for_type(x509.IPAddress)
    return {*names.get_values_for_type(x509.DNSName), *(str(each) for each in addresses)}
