"""What this server's own chain engine says of users' certificates, asked as the agent's own account.

The engine is the machine's: it stands on the machine's stores and on the URL
cache of who asks. Only certificates that the configuration names are asked
about. As other accounts it would have to be asked by a child of theirs.
"""

import hashlib
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import win32api
import win32con
import win32security

from farmsight_agent.hosts.host import Account, Seen
from farmsight_agent.hosts.windows import crypt32, wincrypt_verdict
from farmsight_agent.hosts.windows.store_deadline import within
from farmsight_agent.outcome import FailedError, NotApplicableError, UnavailableError
from farmsight_agent.retrieve.sniff import pem_to_der
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

CLIENT_AUTHENTICATION: Final = "1.3.6.1.5.5.7.3.2"  # RFC 5280 4.2.1.12, id-kp-clientAuth
RETRIEVAL_TIMEOUT_MS: Final = 15_000  # CryptoAPI's own default for one URL
LIMIT_S: Final = 25.0  # for one certificate: a little over CryptoAPI's 20 s for all URLs of a chain
MOST_CERTIFICATES: Final = 20
LARGEST_FILE: Final = 1024 * 1024


def verdicts(account: Account, certificates: Sequence[Path]) -> Seen[facts_pb2.ChainVerdict]:
    """Return one verdict a certificate.

    Raises NotApplicableError where the configuration names no certificate;
    UnavailableError for an account that is not the agent's own, and for a
    file that can't be read; TimedOutError where the engine does not answer;
    FailedError.
    """
    if not certificates:
        raise NotApplicableError("none-configured", "the configuration names no user's certificate")
    if account.sid != own_sid():
        raise UnavailableError("other-account", f"the chain engine was not asked as {account.name or account.sid}")
    return Seen(values=tuple(asked(read(certificates))), source="api")


def asked(certificates: Sequence[bytes]) -> list[facts_pb2.ChainVerdict]:
    """Return the verdicts that this process's account is given; raises TimedOutError, FailedError."""
    return [_verdict(data) for data in certificates]


def _verdict(data: bytes) -> facts_pb2.ChainVerdict:
    name = f"chain of {hashlib.sha1(data, usedforsecurity=False).hexdigest()}"
    try:
        verdict = within(LIMIT_S, name, partial(crypt32.chain, data, CLIENT_AUTHENTICATION, RETRIEVAL_TIMEOUT_MS))
    except crypt32.Crypt32Error as error:
        if not error.code:
            raise FailedError("no-chain", str(error), source="api") from error
        return wincrypt_verdict.refused(data, error.code)
    return wincrypt_verdict.message(verdict)


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


def own_sid() -> str:
    """Return the SID that this process runs as."""
    token = win32security.OpenProcessToken(win32api.GetCurrentProcess(), win32con.TOKEN_QUERY)
    sid, _attributes = win32security.GetTokenInformation(token, win32security.TokenUser)
    return str(win32security.ConvertSidToStringSid(sid))
