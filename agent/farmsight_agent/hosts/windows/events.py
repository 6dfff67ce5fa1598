"""Event log records that bear on certificate sign-in."""

from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2


def records() -> Seen[facts_pb2.EventRecord]:
    """Return the records."""
    raise UnavailableError("not-built")
