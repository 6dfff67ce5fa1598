"""Short texts that only this collector can read, only for a while, and only for whom they were sealed.

A join token that was made in the page is shown by the page that the browser is
sent to next. Between the two it travels sealed in the address, so that any
replica can show it and neither history nor log of a proxy holds it in clear.
"""

import base64
import json
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from farmsight_collector.identity.authority import CA_KEY

GOOD_FOR_S: Final = 600
_LONGEST: Final = 4000


def seal(data: Path, text: str, holder: str, now_s: int) -> str:
    """Return the text as only `holder` may have it opened, for ten minutes. Raises OSError without the CA's key."""
    inside = json.dumps([holder, text]).encode()
    return _box(data).encrypt_at_time(inside, now_s).decode("ascii")


def opened(data: Path, sealed: str, holder: str, now_s: int) -> str | None:
    """Return the text; None where it is too old, was sealed for somebody else, or is none of ours."""
    if not sealed or len(sealed) > _LONGEST or not sealed.isascii():
        return None
    try:
        inside = _box(data).decrypt_at_time(sealed.encode(), GOOD_FOR_S, now_s)
    except InvalidToken:
        return None
    whom, text = json.loads(inside)
    return str(text) if whom == holder else None


def _box(data: Path) -> Fernet:
    """Return a box with a key of its own, made of the CA's (RFC 5869)."""
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"farmsight sealed addresses")
    return Fernet(base64.urlsafe_b64encode(derive.derive((data / CA_KEY).read_bytes())))
