"""Which sockets a pretend server listens on, as this machine's kernel tells it."""

import contextlib
from pathlib import Path
from typing import Final

from tests.windows.bed.wine_host import WineHost

_LISTEN: Final = "0A"  # TCP_LISTEN in the kernel's tables


def listening(host: WineHost) -> set[str]:
    """Return the local addresses, in the kernel's spelling, on which processes of the host listen.

    Wine's server holds a copy of every socket, so that none can hide in a process that ended.
    """
    held = {inode for pid in host.processes() for inode in _sockets(pid)}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == _LISTEN and rest[5] in held:
                found.add(f"{table} {local}")
    return found


def _sockets(pid: int) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(entry.readlink())
                if target.startswith("socket:["):
                    found.add(target[8:-1])
    return found
