"""What this server's own chain engine says of certificates."""

from collections.abc import Sequence
from pathlib import Path

from farmsight_agent.hosts.host import Account, Seen
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2


def verdicts(account: Account, certificates: Sequence[Path]) -> Seen[facts_pb2.ChainVerdict]:
    """Return one verdict a certificate."""
    raise UnavailableError("not-built")
