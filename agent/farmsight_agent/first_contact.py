"""First contact: nothing is known of the collector but the fingerprint of its CA."""

import hashlib
import select
import socket
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL, crypto

from farmsight_agent.clock import SystemClock
from farmsight_agent.config_reading import split_address
from farmsight_agent.identity import SERVER_NAME, IdentityError

_TIMEOUT_S: Final = 15.0


def pinned_ca(address: str, sha256: bytes) -> bytes:
    """Connect once without trust, and return the CA certificate with this SHA-256 as PEM.

    Raises IdentityError when the server does not show it: then it is not the
    collector that the token was made for.
    """
    for certificate in _shown_chain(address):
        der = certificate.public_bytes(Encoding.DER)
        if hashlib.sha256(der).digest() == sha256:
            return certificate.public_bytes(Encoding.PEM)
    raise IdentityError(
        f"{address} is not the collector that this token was made for: it does not show the CA certificate"
        f" {sha256.hex()}; check the address, and whether something in between opens TLS"
    )


def _shown_chain(address: str) -> list[x509.Certificate]:
    target = split_address(address)
    if target is None:
        raise IdentityError(f"{address!r} is not HOST:PORT")
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)  # trust comes from the fingerprint, looked for afterwards
    context.set_alpn_protos([b"h2"])
    try:
        with socket.create_connection(target, timeout=_TIMEOUT_S) as plain:
            plain.setblocking(False)
            connection = SSL.Connection(context, plain)
            connection.set_tlsext_host_name(SERVER_NAME.encode())
            connection.set_connect_state()
            _shake_hands(connection, plain)
            chain = connection.get_peer_cert_chain(as_cryptography=True) or []
            return list(chain)
    except (OSError, ValueError, x509.InvalidVersion, SSL.Error, crypto.Error) as error:
        raise IdentityError(f"{address} can't be reached over TLS: {error or type(error).__name__}") from error


def _shake_hands(connection: SSL.Connection, plain: socket.socket) -> None:
    clock = SystemClock()
    ends = clock.monotonic() + _TIMEOUT_S
    while True:
        try:
            connection.do_handshake()
        except (SSL.WantReadError, SSL.WantWriteError) as wants:
            reads = isinstance(wants, SSL.WantReadError)
            left = ends - clock.monotonic()
            if left <= 0 or not any(select.select([plain] * reads, [plain] * (not reads), [], left)):
                raise TimeoutError(f"no TLS handshake in {_TIMEOUT_S:g} s") from wants
        else:
            return
