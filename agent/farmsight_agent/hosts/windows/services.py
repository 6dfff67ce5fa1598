"""The services that bear on sign-in."""

from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2


def services() -> Seen[facts_pb2.Service]:
    """Return the services."""
    raise UnavailableError("not-built")
