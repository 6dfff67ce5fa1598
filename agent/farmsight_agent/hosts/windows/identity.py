"""Who this server is."""

from collections.abc import Sequence

from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2


def identity(names: Sequence[str], server_name: str | None) -> Seen[facts_pb2.HostIdentity]:
    """Return who this server is, and how it resolves the names."""
    raise UnavailableError("not-built")
