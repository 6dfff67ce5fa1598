"""What this server's own chain engine says of users' certificates, asked as the agent's own account.

The engine is the machine's: it stands on the machine's stores, and on the URL
cache and the proxy of who asks. Only certificates that the configuration
names are asked about. As another account a child of that account asks, by
the same `asked` (see contexts/operations.py).
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from farmsight_agent.hosts.host import Account, Seen
from farmsight_agent.hosts.windows.api import crypt32, tokens
from farmsight_agent.hosts.windows.stores import wincrypt_verdict
from farmsight_agent.hosts.windows.stores.store_deadline import within
from farmsight_agent.outcome import FailedError, NotApplicableError, UnavailableError
from farmsight_agent.retrieve import user_certificates
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

CLIENT_AUTHENTICATION: Final = "1.3.6.1.5.5.7.3.2"  # RFC 5280 4.2.1.12, id-kp-clientAuth
RETRIEVAL_TIMEOUT_MS: Final = 15_000  # CryptoAPI's own default for one URL
LIMIT_S: Final = 30.0  # for all certificates: CryptoAPI gives up all URLs of one chain after 20 s, others do not


def verdicts(account: Account, certificates: Sequence[Path]) -> Seen[facts_pb2.ChainVerdict]:
    """Return one verdict a certificate.

    Raises NotApplicableError where the configuration names no certificate;
    UnavailableError for an account that is not the agent's own, and for a
    file that can't be read; TimedOutError where the engine does not answer;
    FailedError.
    """
    if not certificates:
        raise NotApplicableError("none-configured", "the configuration names no user's certificate")
    if account.sid != tokens.own_identity().sid:
        raise UnavailableError("other-account", f"the chain engine was not asked as {account.name or account.sid}")
    return Seen(values=tuple(asked(user_certificates.read(certificates))), source="api")


def asked(certificates: Sequence[bytes]) -> list[facts_pb2.ChainVerdict]:
    """Return the verdicts that this process's account is given; raises TimedOutError, FailedError.

    The limit is our own: one that is asked of CryptoAPI is not kept by all that call themselves so.
    """
    return within(LIMIT_S, "chain engine", lambda: [_verdict(data) for data in certificates])


def _verdict(data: bytes) -> facts_pb2.ChainVerdict:
    try:
        verdict = crypt32.chain(data, CLIENT_AUTHENTICATION, RETRIEVAL_TIMEOUT_MS)
    except crypt32.Crypt32Error as error:
        if not error.code:
            raise FailedError("no-chain", str(error), source="api") from error
        return wincrypt_verdict.refused(data, error.code)
    return wincrypt_verdict.message(verdict)
