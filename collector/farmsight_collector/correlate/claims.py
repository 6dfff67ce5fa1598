"""Who keeps the findings of a farm true, and who tells watchers of them: this process alone, or one of several."""

from typing import Protocol

from sqlalchemy.engine import Connection

from farmsight_collector.errors import StoreBusyError


class ClaimLostError(StoreBusyError):
    """Another replica has the farm by now; nothing was written."""


class Claims(Protocol):
    """What the watcher asks before it works on a farm, and before it writes what came of it."""

    @property
    def tells(self) -> bool:
        """Return whether changes are read back from the store and told from there, whoever wrote them."""

    def holds(self, farm: str) -> bool:
        """Tell whether the farm is this process's; cheap, and perhaps out of date."""

    def prove(self, connection: Connection, farm: str) -> None:
        """Let the farm stay this process's until the transaction ends; raises ClaimLostError."""

    def wrote(self, connection: Connection, farm: str) -> None:
        """Let others know, with the commit, that findings of the farm changed."""


class Alone:
    """One process on one store: all farms are its own."""

    tells = False

    def holds(self, _farm: str) -> bool:
        """Return True."""
        return True

    def prove(self, connection: Connection, farm: str) -> None:
        """Have nothing to prove."""

    def wrote(self, connection: Connection, farm: str) -> None:
        """Have nobody to tell."""
