"""The web proxies that an account would use."""

from farmsight_agent.hosts.host import Account, Seen
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2


def settings(account: Account) -> Seen[facts_pb2.ProxySetting]:
    """Return the settings."""
    raise UnavailableError("not-built")
