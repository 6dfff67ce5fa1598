"""CryptoAPI's URL cache of one account."""

from collections.abc import Callable

from farmsight_agent.hosts.host import Account, Seen
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2


def entries(account: Account, keep: Callable[[bytes], bytes]) -> Seen[facts_pb2.UrlCacheEntry]:
    """Return the entries."""
    raise UnavailableError("not-built")
