"""The certificates of users that the configuration names, as bytes for whoever judges them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from farmsight_agent.outcome import FailedError, UnavailableError
from farmsight_agent.retrieve.sniff import pem_to_der

MOST_CERTIFICATES: Final = 20
LARGEST_FILE: Final = 1024 * 1024


def read(files: Sequence[Path]) -> list[bytes]:
    """Return the certificates of these files, DER or PEM, each once; raises UnavailableError, FailedError."""
    found: dict[bytes, None] = {}
    for file in files:
        try:
            with file.open("rb") as opened:
                data = opened.read(LARGEST_FILE + 1)
        except OSError as error:
            raise UnavailableError("certificate-unreadable", f"{file}: {error.strerror}", source="file") from error
        if b"PRIVATE KEY-----" in data:
            raise FailedError("private-key", f"{file} holds a private key; nothing of it is taken", source="file")
        found.update(dict.fromkeys(pem_to_der(data) or [data]))
        if len(data) > LARGEST_FILE or len(found) > MOST_CERTIFICATES:
            limits = f"{LARGEST_FILE} bytes and {MOST_CERTIFICATES} certificates"
            raise FailedError("too-many-certificates", f"{file}: the limits are {limits}", source="file")
    return list(found)
