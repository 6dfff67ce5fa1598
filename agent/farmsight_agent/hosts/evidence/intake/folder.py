"""One server's evidence folder: which files belong to it, read within bounds."""

import os
import re
from pathlib import Path
from typing import Final

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.intake.decoding import decode
from farmsight_agent.outcome import DeniedError, FailedError, UnavailableError

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_TEXT_BYTES: Final = 2 * 1024 * 1024  # of what a command printed
MAX_FILES: Final = 5_000
RECORDED_SCHEMA: Final = re.compile(rb'"schema"\s*:\s*"farmsight\.facts/1"')

_NAMED: Final = re.compile(
    r"(?P<computer>.+?)_(?P<what>49443\.txt|sslcert\.txt|winhttp\.txt|(?:adfs|wap|host)\.json"
    r"|store_(?P<store>[^.]+)\.(?:pem|p7b|cer|crt|sst))",
    re.IGNORECASE,
)


class Folder:
    """The files of one server in a folder, as they are at the moment of asking."""

    def __init__(self, path: Path, server_name: str | None = None) -> None:
        """Take the folder and, where it holds several, the server whose files count."""
        self._path = path
        self._server = server_name.partition(".")[0].lower() if server_name else None

    def __str__(self) -> str:
        """Return the folder as people know it."""
        return str(self._path)

    def names(self) -> list[str]:
        """Return the names of the plain files here, sorted; raises where the folder can't be read."""
        try:
            with os.scandir(self._path) as entries:
                found = sorted(entry.name for entry in entries if entry.is_file() and _printable(entry.name))
        except FileNotFoundError as error:
            raise UnavailableError("folder-missing", str(self._path), source="evidence") from error
        except PermissionError as error:
            raise DeniedError("folder-not-readable", str(self._path), source="evidence") from error
        except OSError as error:
            raise FailedError("folder-not-readable", str(error), source="evidence") from error
        if len(found) > MAX_FILES:
            raise FailedError("too-many-files", f"{len(found)} files in {self._path}", source="evidence")
        return found

    def computers(self) -> list[str]:
        """Return the computer names that the files here bear."""
        matches = (_NAMED.fullmatch(name) for name in self.names())
        return sorted({match["computer"].upper() for match in matches if match})

    def computer(self) -> str:
        """Return the one computer this is about; "" when no file bears a name."""
        if self._server:
            return self._server.upper()
        found = self.computers()
        if len(found) > 1:
            raise FailedError("several-computers", ", ".join(found), source="evidence")
        return found[0] if found else ""

    def find(self, what: str) -> str:
        """Return the name of this server's file `NAME_what`; raises file-missing naming it."""
        computer = self.computer()
        wanted = f"{computer}_{what}".lower()
        for name in self.names():
            if name.lower() == wanted:
                return name
        missing = f"{computer or '%computername%'}_{what}"
        raise UnavailableError("file-missing", f"{missing} is not in {self._path}", source=f"evidence:{missing}")

    def stores(self) -> dict[str, list[str]]:
        """Return the files of exported stores, by store name in lower case."""
        computer = self.computer().lower()
        found: dict[str, list[str]] = {}
        for name in self.names():
            match = _NAMED.fullmatch(name)
            if match and match["store"] and match["computer"].lower() == computer:
                found.setdefault(match["store"].lower(), []).append(name)
        return found

    def recorded(self) -> list[str]:
        """Return the files that `farmsight-agent collect` wrote."""
        return [n for n in self.names() if n.lower().endswith(".json") and self._is_recorded(n)]

    def _is_recorded(self, name: str) -> bool:
        try:
            with (self._path / name).open("rb") as file:
                return RECORDED_SCHEMA.search(file.read(4096)) is not None
        except OSError:
            return False

    def state(self, name: str) -> tuple[int, int, int]:
        """Return what tells one state of a file from the next."""
        status = (self._path / name).stat()
        return status.st_ino, status.st_size, status.st_mtime_ns

    def read(self, name: str, limit: int = MAX_FILE_BYTES) -> bytes:
        """Return the bytes of a file; one over the limit is refused, never loaded."""
        source = f"evidence:{name}"
        try:
            with (self._path / name).open("rb") as file:
                data = file.read(limit + 1)
        except FileNotFoundError as error:
            raise UnavailableError("file-missing", name, source=source) from error
        except PermissionError as error:
            raise DeniedError("file-not-readable", name, source=source) from error
        except OSError as error:
            raise FailedError("file-not-readable", str(error), source=source) from error
        if len(data) > limit:
            raise FailedError("too-large", f"{name} is over {limit} bytes", source=source)
        return data

    def text(self, name: str) -> Text:
        """Return a file decoded."""
        limit = MAX_TEXT_BYTES if name.lower().endswith(".txt") else MAX_FILE_BYTES
        text, encoding = decode(self.read(name, limit))
        return Text(name=name, text=text, encoding=encoding)


def _printable(name: str) -> bool:
    """Tell whether a file's name is text; others can't be reported, and none of ours is like that."""
    return name.isprintable()  # which lone surrogates, the mark of undecodable names, are not
