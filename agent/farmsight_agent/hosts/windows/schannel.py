"""Schannel, .NET, http.sys and chain engine settings."""

from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2


def settings() -> Seen[facts_pb2.SchannelSetting]:
    """Return the settings that are set."""
    raise UnavailableError("not-built")
