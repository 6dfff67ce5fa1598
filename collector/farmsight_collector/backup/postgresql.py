"""A PostgreSQL by its own tools, pg_dump and pg_restore; the password goes by the environment."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL

from farmsight_collector.errors import CollectorError, InvalidRequestError

# libpq, "Environment Variables": what a URL says, by the variable that says the same.
_VARIABLES: Final[Mapping[str, str]] = {
    "host": "PGHOST",
    "port": "PGPORT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "options": "PGOPTIONS",
    "passfile": "PGPASSFILE",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
_SAID: Final = 2000


class ToolError(CollectorError):
    """A tool of PostgreSQL failed; the text is what it said."""


def dump(url: URL, to: Path) -> None:
    """Write a dump of a database, as of one instant, into a new file.

    Raises InvalidRequestError where the tool is missing, ToolError when it failed.
    """
    tool = shutil.which("pg_dump")
    if tool is None:
        raise InvalidRequestError(
            "this store is a PostgreSQL database, and pg_dump is not on this machine. Install PostgreSQL's client "
            "programs, of the server's version or newer; or, where the database has a backup of its own, keep the "
            "folder alone: --without-database"
        )
    _run(url, tool, "--format=custom", "--no-owner", "--no-privileges", "--file", str(to))


def load(url: URL, file: Path) -> None:
    """Put a dump into an empty database, all or nothing; raises InvalidRequestError, ToolError."""
    tool = shutil.which("pg_restore")
    if tool is None:
        raise InvalidRequestError(
            "the backup holds a PostgreSQL database, and pg_restore is not on this machine: install PostgreSQL's "
            "client programs, of the server's version or newer"
        )
    _run(
        url, tool, "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges",
        "--dbname", url.database or "", str(file),
    )  # fmt: skip


def _run(url: URL, *command: str) -> None:
    environment = {**os.environ, **_environment(url)}
    nothing = subprocess.DEVNULL
    done = subprocess.run(command, capture_output=True, text=True, env=environment, stdin=nothing, check=False)
    if done.returncode:
        said = done.stderr.strip()[-_SAID:] or f"exit code {done.returncode}"
        raise ToolError(f"{Path(command[0]).name} failed: {said}")


def _environment(url: URL) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in url.query.items():
        if name in _VARIABLES:
            given[_VARIABLES[name]] = value if isinstance(value, str) else ",".join(value)
    told = {"PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password}
    return given | {name: str(value) for name, value in told.items() if value} | {"PGDATABASE": url.database or ""}
