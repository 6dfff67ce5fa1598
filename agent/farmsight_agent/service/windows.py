"""The Windows service; this version does not have it yet and says so."""

from pathlib import Path
from typing import Never

from farmsight_agent.service.manager import ServiceError


class WindowsManager:
    """Refuses everything, by name."""

    def install(self, config: Path) -> Never:
        """Raise ServiceError."""
        raise _not_available(f"install the service for {config}")

    def start(self) -> Never:
        """Raise ServiceError."""
        raise _not_available("start the service")

    def stop(self) -> Never:
        """Raise ServiceError."""
        raise _not_available("stop the service")

    def remove(self) -> Never:
        """Raise ServiceError."""
        raise _not_available("remove the service")


def _not_available(what: str) -> ServiceError:
    return ServiceError(f"can't {what}: not available on Windows in this version; use `farmsight-agent run`")
