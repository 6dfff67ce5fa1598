"""The offset that Windows' time service measured."""

from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2


def offsets() -> Seen[facts_pb2.ClockOffset]:
    """Return the offset from each reference that could be asked."""
    raise UnavailableError("not-built")
