"""An evidence folder beside a running agent: looked at anew when a file in it changes."""

from pathlib import Path
from typing import Final

from farmsight_agent.hosts.evidence.intake.files import EvidenceFile, IntakeError, Refused, walk
from farmsight_agent.hosts.evidence.names import computer_name, folder_computer
from farmsight_agent.hosts.evidence.owners import UNNAMED
from farmsight_agent.hosts.evidence.rounds import newest, rounds
from farmsight_agent.hosts.evidence.shelf import Shelf
from farmsight_agent.hosts.evidence.survey import Survey, survey
from farmsight_agent.outcome import DeniedError, FailedError, UnavailableError

MAX_FILES: Final = 5_000


class Folder:
    """One server's evidence folder."""

    def __init__(self, path: Path, server_name: str | None = None) -> None:
        """Take the folder and, where it holds several servers' files, the server meant."""
        self._path = path
        self._server = computer_name(server_name or "")
        self._state: object = None
        self._shelf: Shelf | None = None

    def shelf(self) -> Shelf:
        """Return what the folder holds of the server now; raises NotObservedError where it can't be looked at."""
        state = self._looked_at()
        if self._shelf is None or state != self._state:
            self._shelf = self._chosen(survey([self._path]))
            self._state = state
        return self._shelf

    def _looked_at(self) -> object:
        try:
            found = list(walk([self._path]))
        except IntakeError as error:
            denied = isinstance(error.__cause__, PermissionError)
            kind, reason = (DeniedError, "folder-not-readable") if denied else (UnavailableError, "folder-missing")
            raise kind(reason, str(self._path), source="evidence") from error
        for one in found:
            if isinstance(one, Refused) and one.reason == "folder-not-readable" and one.name == str(self._path):
                raise DeniedError("folder-not-readable", str(self._path), source="evidence")
        if len(found) > MAX_FILES:
            raise FailedError("too-many-files", f"{len(found)} files in {self._path}", source="evidence")
        return tuple((one.name, one.state if isinstance(one, EvidenceFile) else one.reason) for one in found)

    def _chosen(self, seen: Survey) -> Shelf:
        servers = sorted({one.server for one in seen.captures if one.server})
        if not self._server and len(servers) > 1:
            raise FailedError("several-computers", ", ".join(servers), source="evidence")
        server = self._server or next(iter(servers), "")
        # Files that tell no server are the folder's, and the folder is this server's.
        nameless = {UNNAMED, folder_computer(self._path.resolve().name)}
        here = servers[0] if len(servers) == 1 and servers[0] in nameless else server
        mine = [one for one in seen.captures if one.server == here]
        everybodys = [one for one in seen.captures if not one.server]
        captures = (*newest(rounds(server, mine)), *newest(rounds("", everybodys)))
        return Shelf(server, captures, seen.files, where=str(self._path))
