"""The machine's certificate stores through CryptoAPI."""

from collections.abc import Callable

from farmsight_agent.hosts.host import Seen, StoredCertificate, StoredCrl, StoredCtl
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2


def names(bindings: Callable[[], Seen[facts_pb2.TlsBinding]]) -> Seen[str]:
    """Return the names of the stores that matter here, with those that TLS bindings name."""
    raise UnavailableError("not-built")


def certificates(store: str) -> Seen[StoredCertificate]:
    """Return the certificates of a store."""
    raise UnavailableError("not-built")


def crls(store: str) -> Seen[StoredCrl]:
    """Return the CRLs of a store."""
    raise UnavailableError("not-built")


def ctls(store: str) -> Seen[StoredCtl]:
    """Return the certificate trust lists of a store."""
    raise UnavailableError("not-built")
