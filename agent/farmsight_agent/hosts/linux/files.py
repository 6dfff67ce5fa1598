"""Files of the system, read within bounds and never changed."""

from pathlib import Path
from typing import Final

from farmsight_agent.outcome import DeniedError, FailedError, UnavailableError

MAX_BYTES: Final = 16 * 1024 * 1024


def read(path: Path) -> bytes:
    """Return a file's bytes; raises what kept them from being read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise UnavailableError("file-missing", str(path), source=str(path)) from error
    except PermissionError as error:
        raise DeniedError("file-not-readable", str(path), source=str(path)) from error
    except OSError as error:
        raise FailedError("file-not-readable", f"{path}: {error.strerror}", source=str(path)) from error
    if len(data) > MAX_BYTES:
        raise FailedError("too-large", f"{path} is over {MAX_BYTES} bytes", source=str(path))
    return data


def text(path: Path) -> str:
    """Return a file's text; bytes that are no UTF-8 become U+FFFD."""
    return read(path).decode("utf-8", "replace").replace("\0", "")


def text_if_any(path: Path) -> str:
    """Return a file's text, or "" where there is no such file; denied and failed are raised."""
    try:
        return text(path)
    except UnavailableError:
        return ""


def settings(body: str) -> dict[str, str]:
    """Return the NAME=value lines of an environment or os-release file, quotes taken off."""
    found: dict[str, str] = {}
    for line in body.splitlines():
        name, mark, value = line.strip().removeprefix("export ").partition("=")
        if mark and not name.startswith("#"):
            value = value.strip()
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
            found[name.strip()] = value[1:-1] if quoted else value
    return found
