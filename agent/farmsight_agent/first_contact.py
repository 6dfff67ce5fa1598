"""First contact: nothing is known of the collector but the fingerprint of its CA."""

import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from farmsight_agent.identity import IdentityError
from farmsight_agent.reach import seen, tunnel
from farmsight_agent.reach.hop import HopError, target
from farmsight_agent.reach.proxy import Proxy
from farmsight_wire.v1 import bootstrap

_TIMEOUT_S: Final = 15.0


@dataclass(frozen=True, kw_only=True)
class Contact:
    """The pinned CA as PEM, and whether the port lets in a server that has no identity yet."""

    ca_pem: bytes
    open_to_all: bool


def contact(address: str, sha256: bytes, proxy: Proxy | None = None) -> Contact:
    """Connect once without trust, and return the CA certificate with this SHA-256.

    Raises IdentityError when the server does not show it: then it is not the
    collector that the token was made for.
    """
    try:
        with tunnel.opened(address, proxy, _TIMEOUT_S) as connection:
            shown = seen.look(connection, _TIMEOUT_S, bootstrap.identity(sha256))
    except HopError as error:
        raise IdentityError(f"{address} can't be reached, {error.hop}: {error.says}; {error.remedy}") from error
    for certificate in shown.chain:
        if hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest() == sha256:
            return Contact(ca_pem=certificate.public_bytes(Encoding.PEM), open_to_all=not shown.asked or shown.let_in)
    says, remedy = seen.judged(shown, None, target(address)[0])
    if not shown.chain:
        raise IdentityError(f"{address} can't be reached over TLS: {says}; {remedy}")
    raise IdentityError(
        f"{address} is not the collector that this token was made for, whose CA certificate has SHA-256"
        f" {sha256.hex()}: {says}; {remedy}"
    )
