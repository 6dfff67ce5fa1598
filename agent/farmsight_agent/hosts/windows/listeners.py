"""Listening TCP sockets."""

from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2


def listening() -> Seen[facts_pb2.Listener]:
    """Return the listening sockets."""
    raise UnavailableError("not-built")
