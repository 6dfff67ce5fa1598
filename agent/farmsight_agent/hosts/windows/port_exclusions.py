"""Excluded TCP port ranges."""

from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2


def exclusions() -> Seen[facts_pb2.PortExclusion]:
    """Return the ranges."""
    raise UnavailableError("not-built")
