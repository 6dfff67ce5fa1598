"""What a way to people is: it sends one message and returns what the receiver said."""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

ANSWER: Final = 300  # characters of an answer that are kept
LONGEST_SECRET: Final = 4096


class SendError(Exception):
    """It was not delivered; the text says why. `final`: trying again is of little use."""

    def __init__(self, text: str, *, final: bool = False, retry_after_s: float = 0.0) -> None:
        """Keep why, and what the receiver asked for."""
        super().__init__(text)
        self.final = final
        self.retry_after_s = retry_after_s


class Sender(Protocol):
    """One channel, ready to send."""

    async def send(self, told: Mapping[str, Any]) -> str:
        """Send a message as farmsight.alert/1 has it; returns the receiver's answer. Raises SendError.

        Cut short from outside when it takes too long.
        """


def secret(folder: Path, file: str, variable: str) -> str:
    """Return a secret from a file (beside collector.toml unless absolute) or an environment variable.

    It is read anew for each message, so that a changed one counts at once. Raises SendError.
    """
    if variable:
        found = os.environ.get(variable, "")
        if not found:
            raise SendError(f"the environment variable {variable} is not set")
        return found
    try:
        data = (folder / file).read_bytes()
    except OSError as error:
        raise SendError(f"{file} can't be read: {error.strerror}") from error
    text = data[: LONGEST_SECRET + 1].decode("utf-8", "replace").strip()
    if not text or len(data) > LONGEST_SECRET:
        raise SendError(f"{file} holds no secret of 1 to {LONGEST_SECRET} bytes")
    return text


def trust(folder: Path, ca_file: str) -> ssl.SSLContext:
    """Return what checks a server's certificate: the system's CAs, or those of a file. Raises SendError."""
    try:
        context = ssl.create_default_context(cafile=str(folder / ca_file) if ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise SendError(f"{ca_file} holds no CA certificates that can be read: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def said(error: BaseException) -> str:
    """Return a failure in one line."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted: {error.verify_message}"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
