"""What http.sys is configured with."""

from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2


def url_reservations() -> Seen[facts_pb2.UrlReservation]:
    """Return the URL reservations."""
    raise UnavailableError("not-built")


def tls_bindings() -> Seen[facts_pb2.TlsBinding]:
    """Return the TLS bindings."""
    raise UnavailableError("not-built")


def ip_listen() -> Seen[facts_pb2.IpListen]:
    """Return the IP listen list."""
    raise UnavailableError("not-built")


def url_registrations() -> Seen[facts_pb2.UrlRegistration]:
    """Return the URLs registered now."""
    raise UnavailableError("not-built")


def timeouts() -> Seen[facts_pb2.HttpTimeout]:
    """Return the timeouts."""
    raise UnavailableError("not-built")
