"""Files and folders that are nobody else's business: key, identity, spool, configuration."""

import os
import sys
from pathlib import Path


def private_folder(folder: Path) -> None:
    """Make the folder, or take the one that is there, for its owner alone.

    On Windows that is SYSTEM and Administrators: every account may make
    folders below ProgramData, so one that somebody else made first is
    refused rather than trusted. Raises OSError.
    """
    if sys.platform == "win32":
        from farmsight_agent.service.windows.acl import protect  # noqa: PLC0415 - only there

        folder.mkdir(parents=True, exist_ok=True)
        protect(folder)
    else:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def strangers(folder: Path) -> tuple[str, ...]:
    """Return who may look into the folder beside those it is for, by name; raises OSError."""
    if sys.platform == "win32":
        from farmsight_agent.service.windows import acl  # noqa: PLC0415 - only there

        return acl.strangers(folder)
    status = folder.stat()
    found = [name for name, bits in (("its group", 0o070), ("every account", 0o007)) if status.st_mode & bits]
    if status.st_uid not in {0, os.geteuid()}:
        found.append(f"its owner, uid {status.st_uid}")
    return tuple(found)


def program_folders() -> tuple[Path, ...]:
    """Return the folders that this program and its interpreter are read from."""
    found = (Path(sys.executable).parent, Path(sys.prefix), Path(__file__).parent.parent, Path(__file__).parent)
    return tuple(dict.fromkeys(found))


def anybody_may_change(folder: Path) -> tuple[str, ...]:
    """Return who among everybody may change what lies in a folder, by name; raises OSError.

    Who can change the program of a service runs what he likes as SYSTEM or
    as root. A folder made directly below C: lets every account in.
    """
    if sys.platform == "win32":
        from farmsight_agent.service.windows import acl  # noqa: PLC0415 - only there

        return acl.anybody_may_change(folder)
    return ("every account",) if folder.stat().st_mode & 0o002 else ()


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, all of it or none. Raises OSError.

    On Windows the folder's access list holds for it (`private_folder`).
    """
    beside = path.with_name(path.name + ".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
