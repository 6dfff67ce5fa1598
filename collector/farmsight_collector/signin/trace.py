"""What a trace says: each path, each hop, and the one line that answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.model.view import Held
from farmsight_collector.pki.paths.judgement import Judgement

EXTRANET: Final = "extranet"
INTRANET: Final = "intranet"
PATHS: Final = (EXTRANET, INTRANET)

# In the order of the sign-in; the words are part of the output schema.
HOPS: Final[Mapping[str, str]] = {
    "user-certificate": "the certificate itself: dates, usages, key, the names that map it to an account",
    "domain-federated": "the user's domain is federated with this farm",
    "prompt-login": "Entra ID does not ask for a password by prompt=login",
    "name-resolution": "the federation service's name leads to the proxy, or to the AD FS node",
    "load-balancer": "the load balancer passes TLS on, on the port of certificate sign-in",
    "port": "the server listens on the port of certificate sign-in",
    "tls": "the TLS handshake, and the request for a client certificate in it",
    "issuer-offered": "the issuer is among the CA names that the server offers",
    "wap-chain": "the proxy builds the chain",
    "wap-revocation": "the proxy learns, under its account, that nothing in the chain is revoked",
    "forwarding": "the proxy forwards to AD FS: trust, name, endpoints",
    "adfs-listens": "AD FS serves its certificate endpoint",
    "adfs-chain": "AD FS builds the chain",
    "adfs-revocation": "AD FS learns, under its service account, that nothing in the chain is revoked",
    "ntauth": "the issuing CA is in NTAuth, so that the certificate maps to an account",
    "authentication-provider": "certificate authentication is allowed on this path",
    "claim-rules": "serial number and issuer reach the token on both trusts",
    "token": "the tenant knows the certificate by which AD FS signs tokens for the user's domain",
    "tenant-authorities": "the tenant knows the CAs of the chain",
    "tenant-revocation": "the tenant can fetch their CRLs",
    "user-mapping": "the names in the certificate fit the tenant's domains and the account",
}


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One hop of one path."""

    hop: str  # a key of HOPS
    server: str = ""  # empty: the tenant's, the farm's, or the certificate's own
    context: str | None = None
    verdict: Verdict
    why: str
    catalogue: tuple[str, ...] = ()
    user_sees: str = ""  # the page, the AADSTS code, the missing prompt
    administrator_sees: str = ""  # the event or log line
    codes: tuple[str, ...] = ()  # of the findings that say the same
    evidence: tuple[Held, ...] = ()
    judgement: Judgement | None = None  # for the hops about chains and revocation
    matters: bool = True  # False: shown, and no verdict hangs on it


@dataclass(frozen=True, kw_only=True)
class Path:
    """One way from a client to the tenant."""

    path: str  # EXTRANET or INTRANET
    via: tuple[str, ...]  # the proxy and the AD FS node, or the node alone
    verdict: Verdict
    hops: tuple[Hop, ...]


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What becomes of one certificate on every path."""

    farm: str
    as_of: datetime
    certificate: str  # SHA-1
    subject: str
    verdict: Verdict
    answer: str  # one line
    paths: tuple[Path, ...]
    notes: tuple[str, ...] = ()
