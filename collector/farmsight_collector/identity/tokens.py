"""Join tokens: `fs1.` and, as unpadded base64url, 8 bytes id, 16 bytes secret, 32 bytes CA fingerprint.

The collector keeps the id and the SHA-256 of the secret. The fingerprint is
for the agent: it pins the first contact.
"""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Final

PREFIX: Final = "fs1."
_ID: Final = 8
_SECRET: Final = 16
_FINGERPRINT: Final = 32
_LENGTH: Final = _ID + _SECRET + _FINGERPRINT


class TokenFormError(Exception):
    """The text is no join token."""


@dataclass(frozen=True, kw_only=True)
class JoinToken:
    """One join token as its holder has it."""

    token_id: str  # hex
    secret: bytes = field(repr=False)
    fingerprint: bytes  # SHA-256 of the DER of the collector's CA certificate

    @property
    def secret_hash(self) -> bytes:
        """Return what the store keeps of the secret. 128 random bits need no slow hash."""
        return hashlib.sha256(self.secret).digest()

    @property
    def text(self) -> str:
        """Return the token as people copy it."""
        data = bytes.fromhex(self.token_id) + self.secret + self.fingerprint
        return PREFIX + base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def create(ca_der: bytes) -> JoinToken:
    """Return a fresh token for the collector with this CA certificate."""
    return JoinToken(
        token_id=secrets.token_hex(_ID),
        secret=secrets.token_bytes(_SECRET),
        fingerprint=hashlib.sha256(ca_der).digest(),
    )


def parse(text: str) -> JoinToken:
    """Read a token; raises TokenFormError."""
    body = text.strip().removeprefix(PREFIX)
    if body == text.strip() or len(body) > 2 * _LENGTH or not body.isascii():
        raise TokenFormError("a join token begins with fs1.")
    try:
        data = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise TokenFormError("the join token is not base64url; was it copied whole?") from error
    if len(data) != _LENGTH:
        raise TokenFormError(f"the join token holds {len(data)} bytes, not {_LENGTH}; was it copied whole?")
    return JoinToken(token_id=data[:_ID].hex(), secret=data[_ID : _ID + _SECRET], fingerprint=data[_ID + _SECRET :])
