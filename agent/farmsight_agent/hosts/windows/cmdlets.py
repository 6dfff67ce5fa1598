"""What only the AD FS and Web Application Proxy cmdlets know."""

from collections.abc import Callable

from google.protobuf.message import Message

from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import UnavailableError


class Cmdlets:
    """One run of PowerShell answers every part for a while."""

    def adfs(self, part: str, keep: Callable[[bytes], bytes]) -> Seen[Message]:
        """Return one part of the AD FS configuration."""
        raise UnavailableError("not-built", part)

    def wap(self, part: str, keep: Callable[[bytes], bytes]) -> Seen[Message]:
        """Return one part of the proxy's configuration."""
        raise UnavailableError("not-built", part)
