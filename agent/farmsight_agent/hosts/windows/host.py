"""A Windows server. Its evidence folder answers until the native readers do."""

from farmsight_agent.hosts.absent import AbsentHost
from farmsight_agent.outcome import UnavailableError


class WindowsHost(AbsentHost):
    """Says of everything that it can't be read natively yet: unknown, never absent."""

    platform = "windows"

    def __init__(self) -> None:
        """Make a host whose answers are all unknown."""
        super().__init__(UnavailableError, "not-built", "this version reads Windows from an evidence folder only")
