"""What can be done with the agent's service, whatever the platform."""

from pathlib import Path
from typing import Final, Protocol


class ServiceError(Exception):
    """It could not be done; the text says why and what to do."""


RUNNING: Final = "running"
STOPPED: Final = "stopped"
NOT_INSTALLED: Final = "not installed"


class Manager(Protocol):
    """Installs, starts, stops and removes the agent's service. Each verb returns a line for people."""

    def state(self) -> str:
        """Return RUNNING, STOPPED or NOT_INSTALLED; raises ServiceError where that can't be told."""

    def install(self, config: Path) -> str:
        """Make the service, to start with the system, with this configuration."""

    def start(self) -> str:
        """Start it now."""

    def stop(self) -> str:
        """Stop it now."""

    def remove(self) -> str:
        """Stop it and take it away; configuration and state stay."""
