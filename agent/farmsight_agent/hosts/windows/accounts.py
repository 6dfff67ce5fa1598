"""The accounts behind the contexts: read from the services that run here."""

from collections.abc import Sequence

from farmsight_agent.hosts.host import Account
from farmsight_agent.outcome import UnavailableError


def accounts() -> Sequence[Account]:
    """Return one account for each context that exists on this server."""
    raise UnavailableError("not-built")
