"""How this machine resolves names: /etc/hosts, and the system's resolver."""

from collections.abc import Iterable
from pathlib import Path

from farmsight_agent.hosts import resolution
from farmsight_agent.hosts.linux import files
from farmsight_agent.outcome import NotObservedError
from farmsight_wire.v1 import facts_pb2


def resolutions(names: Iterable[str], root: Path = Path("/")) -> list[facts_pb2.NameResolution]:
    """Return how each name resolves here; one that takes longer than 10 s has timed out."""
    return resolution.resolutions(names, hosts_file(root))


def hosts_file(root: Path = Path("/")) -> dict[str, set[str]]:
    """Return the addresses that /etc/hosts gives each name."""
    try:
        return resolution.hosts_file(files.text_if_any(root / "etc/hosts"))
    except NotObservedError:
        return {}
